"""Audio files as mono float32 waveforms; wav, flac, ogg and mp3 through libsndfile, without FFmpeg.

Integer samples are scaled to [-1, 1]; float files are taken as they are, and may go beyond. Channels are
averaged. Resampling is band-limited sinc interpolation under a Kaiser window, with `RESAMPLING` as
parameters: the values that torchaudio documents as equal to resampy's "kaiser_best". N samples become ceil(N
* new rate / old rate).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aacbench.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

Waveform = NDArray[np.float32]

RESAMPLING: dict[str, Any] = {
    "lowpass_filter_width": 64,
    "rolloff": 0.9475937167399596,
    "resampling_method": "sinc_interp_kaiser",
    "beta": 14.769656459379492,
}

# The kernel grows with the terms of the reduced ratio of the rates: 44.1 to 32 kHz is 441 : 320, but 44101 to
# 32000 Hz would need gigabytes. Such ratios become the nearest one with small terms, at most 0.05 % off.
_LARGEST_TERM = 1000


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file's header says: its length in seconds, its rate in Hz and its channels."""

    seconds: float
    sample_rate: int
    channels: int


def info(path: Path) -> AudioInfo:
    """Return what the header of `path` says, without reading the samples.

    Raises:
        UserError: the file is missing, is no audio that can be read, or holds no samples.
    """
    import soundfile

    _check_present(path)
    try:
        found = soundfile.info(path)
    except (soundfile.SoundFileError, OSError) as error:
        raise _unreadable(path, error) from error
    if found.frames == 0:
        raise _empty(path)
    return AudioInfo(found.frames / found.samplerate, int(found.samplerate), int(found.channels))


def read(path: Path, sample_rate: int | None = None) -> Waveform:
    """Return the waveform (samples,) of `path`, at `sample_rate` Hz or, by default, at the file's own rate.

    Raises:
        UserError: the file is missing, is no audio that can be read, is empty, or holds NaN or infinite
        samples.
    """
    import soundfile

    _check_present(path)
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)  # (samples, channels)
    except (soundfile.SoundFileError, OSError) as error:
        raise _unreadable(path, error) from error
    if len(samples) == 0:
        raise _empty(path)
    mono: Waveform = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        raise UserError(f"audio file {path} holds NaN or infinite samples; mend it or leave the clip out")
    return mono if sample_rate is None else resample(mono, int(rate), sample_rate)


def resample(waveform: Waveform, old_rate: int, new_rate: int) -> Waveform:
    """Return `waveform` (samples,) at `new_rate` Hz, given that it is at `old_rate` Hz."""
    if old_rate == new_rate:
        return waveform
    import torch

    ratio = Fraction(old_rate, new_rate).limit_denominator(_LARGEST_TERM)
    with torch.no_grad():
        new: Tensor = _resampler(ratio.numerator, ratio.denominator)(torch.from_numpy(waveform))
    result: Waveform = new.numpy()
    return result


@lru_cache(maxsize=8)
def _resampler(old: int, new: int) -> Any:
    from torchaudio.transforms import Resample

    return Resample(old, new, **RESAMPLING)


def _check_present(path: Path) -> None:
    if path.is_dir():
        raise UserError(f"audio file {path} is a folder; give the path of one file")
    if not path.exists():
        raise UserError(f"audio file {path} is missing; put it there, or leave the clip out")


def _unreadable(path: Path, error: Exception) -> UserError:
    reason = str(error).rpartition(": ")[2].strip().rstrip(".")
    return UserError(
        f"audio file {path} cannot be read ({reason}); wav, flac, ogg and mp3 can: "
        "is the file whole? Fetch it again or convert it"
    )


def _empty(path: Path) -> UserError:
    return UserError(f"audio file {path} holds no samples; fetch it again or leave the clip out")
