"""Audio as mono float32 waveforms; wav, flac, ogg, opus, mp3, aiff ... through libsndfile, without FFmpeg.

Integer samples are scaled to [-1, 1]; float files are taken as they are, and may go beyond. Channels are
averaged. Resampling (`resampling.py`) makes ceil(N * new rate / old rate) samples of N.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from aacbench.audio.source import AudioFile, audio_name
from aacbench.errors import UserError, one_line
from aacbench.types import Audio

if TYPE_CHECKING:
    from torch import Tensor

Waveform = NDArray[np.float32]

# The kernel grows with the terms of the reduced ratio of the rates: 44.1 to 32 kHz is 441 : 320, but 44101 to
# 32000 Hz would need gigabytes. Such ratios become the nearest one with small terms, at most 0.05 % off.
_LARGEST_TERM = 1000
_LARGEST_OLD_TERM = 16_000

# A header may say anything, and a few bytes of FLAC stand for hours of silence.
LOWEST_RATE, HIGHEST_RATE = 1000, 1_000_000  # Hz
LOUDEST = 1e9  # full scale is 1; squares and sums of much more would be infinite
LONGEST = 2**27  # samples, before and after resampling: 46 minutes at 48 kHz, half a GiB
_BLOCK = 2**20  # samples of all channels that are read at once


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file's header says: its length in seconds, its rate in Hz and its channels."""

    seconds: float
    sample_rate: int
    channels: int


def info(audio: Audio) -> AudioInfo:
    """Return what the header says of a file (or another source), without reading the samples.

    Raises:
        UserError: the file is missing, is no audio that can be read, holds no samples, or is too long for a clip.
    """
    path = audio_name(audio)
    with _opened(audio) as file:
        frames, rate, channels = int(file.frames), int(file.samplerate), int(file.channels)
    if frames <= 0:
        raise _empty(path)
    if frames > LONGEST:
        raise _too_long(path, rate)
    return AudioInfo(frames / rate, rate, channels)


def read(audio: Audio, sample_rate: int | None = None) -> Waveform:
    """Return the waveform (samples,) of a file or another source, at `sample_rate` Hz, by default its own rate.

    Raises:
        UserError: the file is missing, is no audio that can be read, is empty, is too long for a clip, or holds NaN
        or infinite samples.
    """
    path = audio_name(audio)
    with _opened(audio) as file:
        rate = int(file.samplerate)
        longest = LONGEST if sample_rate is None else min(LONGEST, LONGEST * rate // sample_rate)
        blocks, total = [np.zeros(0, np.float32)], 0
        for block in _mono_blocks(file):  # what the header says of the length may be a lie
            blocks.append(block)
            total += len(block)
            if total > longest:
                raise _too_long(path, rate)
    if not total:
        raise _empty(path)
    mono: Waveform = np.concatenate(blocks)
    if not max(abs(float(mono.min())), abs(float(mono.max()))) <= LOUDEST:  # NaN neither
        raise UserError(
            f"audio file {path} holds NaN or infinite samples, or some beyond {LOUDEST:g}; mend it or leave the clip "
            "out"
        )
    return mono if sample_rate is None else resample(mono, rate, sample_rate)


@contextmanager
def _opened(audio: Audio) -> Iterator[Any]:
    """Open audio of a plausible rate; what reading it raises becomes one clear error."""
    import soundfile  # noqa: PLC0415

    path = audio_name(audio)
    if isinstance(audio, Path | AudioFile):
        _check_present(path)
    try:
        # libsndfile reads a file by its name faster than through Python
        with _bytes_of(audio) as source, soundfile.SoundFile(path if source is None else source) as file:
            if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE:
                raise UserError(
                    f"audio file {path} says it has {file.samplerate:,} samples a second; wanted {LOWEST_RATE:,} to "
                    f"{HIGHEST_RATE:,}: convert it"
                )
            yield file
    except (soundfile.SoundFileError, OSError, TypeError, ValueError, MemoryError) as error:  # TypeError: a .raw file
        raise _unreadable(path, error) from error


@contextmanager
def _bytes_of(audio: Audio) -> Iterator[BinaryIO | None]:
    if isinstance(audio, Path | AudioFile):
        yield None
    else:
        with audio.open() as opened:
            yield opened


def _mono_blocks(file: Any) -> Iterator[Waveform]:
    while len(samples := file.read(max(1, _BLOCK // file.channels), dtype="float32", always_2d=True)):
        with np.errstate(all="ignore"):  # of what is not finite, which is refused
            yield samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)


def resample(waveform: Waveform, old_rate: int, new_rate: int) -> Waveform:
    """Return `waveform` (samples,) at `new_rate` Hz, given that it is at `old_rate` Hz."""
    if old_rate == new_rate:
        return waveform
    import torch  # kept out where no file has another rate  # noqa: PLC0415

    from aacbench.audio.resampling import resampler  # noqa: PLC0415

    largest = min(_LARGEST_TERM, max(1, _LARGEST_OLD_TERM * new_rate // old_rate))
    ratio = Fraction(old_rate, new_rate).limit_denominator(largest)
    with torch.no_grad():
        new: Tensor = resampler(ratio.numerator, ratio.denominator)(torch.from_numpy(waveform))
    result: Waveform = new.numpy()
    return result


def _check_present(path: str) -> None:
    if os.path.isdir(path):
        raise UserError(f"audio file {path} is a folder; give the path of one file")
    if not os.path.exists(path):
        raise UserError(f"audio file {path} is missing; put it there, or leave the clip out")
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise UserError(f"audio file {path} is a pipe or a device; save what it gives as a file first")


def _unreadable(path: str, error: Exception) -> UserError:
    reason = one_line(error).rpartition(": ")[2].strip().rstrip(".")
    return UserError(
        f"audio file {path} cannot be read ({reason}); wav, flac, ogg and mp3 can: "
        "is the file whole? Fetch it again or convert it"
    )


def _too_long(path: str, rate: int) -> UserError:
    return UserError(f"audio file {path} is longer than {LONGEST / rate / 60:.0f} minutes; cut it into clips")


def _empty(path: str) -> UserError:
    return UserError(f"audio file {path} holds no samples; fetch it again or leave the clip out")
