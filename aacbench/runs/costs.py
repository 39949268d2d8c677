"""What work costs: the most memory that a stage took, and how decoding compares with the length of the audio."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from aacbench.audio.io import info
from aacbench.errors import AacbenchError
from aacbench.runs.bounds import Count, Seconds
from aacbench.types import Clip

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class StageCosts(BaseModel):
    """The most memory that the run's first process held while a stage was run; None where the system does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak_ram_bytes: Count | None = None
    peak_gpu_bytes: Count | None = None


class DecodingCosts(BaseModel):
    """`real_time_factor` is the seconds of decoding by those of the audio: below 1 is faster than it is heard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    audio_seconds: Seconds | None = None
    real_time_factor: Seconds | None = None


def begin_measuring(device: str) -> None:
    """Forget the peaks of what was done before."""
    with suppress(OSError):  # not Linux, or not allowed: the peak is then that of the process's life
        CLEAR.write_text("5")
    if device.startswith("cuda"):
        import torch  # not loaded where records are only read

        torch.cuda.reset_peak_memory_stats(device)


def measured(device: str) -> StageCosts:
    """Return the peaks since `begin_measuring`."""
    ram = None
    with suppress(OSError, ValueError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        ram = int(line.split()[1]) * 1024
    gpu = None
    if device.startswith("cuda"):
        import torch  # not loaded where records are only read

        gpu = int(torch.cuda.max_memory_allocated(device))
    return StageCosts(peak_ram_bytes=ram, peak_gpu_bytes=gpu)


def decoding_costs(seconds: float, clips: Sequence[Clip]) -> DecodingCosts:
    """Return what decoding cost; nothing where some of the audio is not there."""
    try:
        length = sum(info(clip.audio).seconds for clip in clips)
    except (AacbenchError, OSError):
        return DecodingCosts()
    return DecodingCosts(
        audio_seconds=round(length, 3), real_time_factor=round(seconds / length, 6) if length else None
    )
