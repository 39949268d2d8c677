"""What work costs: the most memory that a stage took, how decoding compares with the length of the audio, tokens that a
server was paid for, the size of the network and what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from aacbench.audio.io import info
from aacbench.contracts import Account, NetworkCosts
from aacbench.errors import AacbenchError
from aacbench.runs.bounds import Count, Energy, Seconds
from aacbench.types import Clip

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class StageCosts(BaseModel):
    """The most memory that the run's first process held while a stage was run; None where the system does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak_ram_bytes: Count | None = None
    peak_gpu_bytes: Count | None = None
    energy_kwh: Energy | None = None


class DecodingCosts(BaseModel):
    """`real_time_factor` is the seconds of decoding by those of the audio: below 1 is faster than it is heard.

    Tokens are those that a server says it read and wrote; None where none was asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    audio_seconds: Seconds | None = None
    real_time_factor: Seconds | None = None
    prompt_tokens: Count | None = None
    answer_tokens: Count | None = None
    energy_kwh: Energy | None = None


class NetworkRecord(BaseModel):
    """`parameters` are all weights, `trained_parameters` those that this run's stages trained.

    `clip_macs` are the multiply-accumulates that a clip of 10 s costs before the first word, `words_macs` those of 20
    words; of a retriever, of a clip and of a text of 20 words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: Count | None = None
    trained_parameters: Count | None = None
    clip_macs: Count | None = None
    words_macs: Count | None = None


def begin_measuring(device: str) -> None:
    """Forget the peaks of what was done before."""
    with suppress(OSError):  # not Linux, or not allowed: the peak is then that of the process's life
        CLEAR.write_text("5")
    if device.startswith("cuda"):
        import torch  # not loaded where records are only read

        torch.cuda.reset_peak_memory_stats(device)


def measured(device: str, kwh: float | None = None) -> StageCosts:
    """Return the peaks since `begin_measuring`, with the energy that was measured meanwhile."""
    ram = None
    with suppress(OSError, ValueError, StopIteration):
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        ram = int(line.split()[1]) * 1024
    gpu = None
    if device.startswith("cuda"):
        import torch  # not loaded where records are only read

        gpu = int(torch.cuda.max_memory_allocated(device))
    return StageCosts(peak_ram_bytes=ram, peak_gpu_bytes=gpu, energy_kwh=kwh)


def decoding_costs(seconds: float, clips: Sequence[Clip], account: Account, kwh: float | None = None) -> DecodingCosts:
    """Return what decoding cost; nothing of its speed where some of the audio is not there."""
    length = None
    with suppress(AacbenchError, OSError):
        length = sum(info(clip.audio).seconds for clip in clips)
    paid = account.prompt_tokens or account.answer_tokens
    return DecodingCosts(
        audio_seconds=None if length is None else round(length, 3),
        real_time_factor=round(seconds / length, 6) if length else None,
        prompt_tokens=account.prompt_tokens if paid else None,
        answer_tokens=account.answer_tokens if paid else None,
        energy_kwh=kwh,
    )


def network_record(network: NetworkCosts | None, summaries: Sequence[Mapping[str, Any]]) -> NetworkRecord | None:
    """Return what a record says of a network; `summaries` are those of the run's stages.

    None where nothing is known.
    """
    trained = trained_parameters(summaries)
    if network is None and not trained:
        return None
    known = network or NetworkCosts()
    return NetworkRecord(
        parameters=known.parameters,
        trained_parameters=trained or (None if summaries else 0),
        clip_macs=known.clip_macs,
        words_macs=known.words_macs,
    )


def trained_parameters(summaries: Sequence[Mapping[str, Any]]) -> int:
    """Return how many weights stages trained, by their summaries.

    A stage that starts from the score of an earlier one trains the same weights again.
    """
    own = [summary for summary in summaries if "start" not in summary]
    return sum(count for summary in own if isinstance(count := summary.get("parameters"), int))
