"""Log-mel features of a waveform.

The spectrum is taken in double precision: single-precision FFTs leave errors of 0.01 dB beside loud tones,
double precision costs a seventh more time and gives the same features on every machine to about 1e-5.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from aacbench.errors import UserError
from aacbench.features.mel import mel_matrix
from aacbench.features.settings import FeatureSettings

# Frames transformed at a time: it bounds the memory that a long recording takes, and keeps spectra in the cache.
_BLOCK = 256


@torch.no_grad()
def extract(waveform: NDArray[Any] | Tensor, settings: FeatureSettings) -> Tensor:
    """Return features (frames, mel_bins), float32, of a mono `waveform` (samples,) at `settings.sample_rate`.

    The number of frames is `settings.frames(samples)`. Waveforms shorter than one frame are zero-padded.

    Raises:
        UserError: the waveform is not one-dimensional or is empty.
    """
    samples = torch.as_tensor(waveform)
    if samples.ndim != 1 or len(samples) == 0:
        raise UserError(
            f"features need a mono waveform (samples,) that is not empty, not {tuple(samples.shape)}"
        )
    samples = samples.to(torch.float64)
    count = settings.frames(len(samples))
    if settings.normalise_peak:
        samples = samples / samples.abs().max().clamp(min=torch.finfo(torch.float32).tiny)
    samples = functional.pad(samples, (0, settings.padded(len(samples)) - len(samples)))
    values = _kaldi(samples, settings) if settings.kind == "kaldi" else _log_mel(samples, settings)
    if settings.mean or settings.divisor != 1.0:
        values = (values - settings.mean) / settings.divisor
    return values[:count].float().contiguous()


def _log_mel(samples: Tensor, settings: FeatureSettings) -> Tensor:
    window, matrix = _constants(settings, samples.device)
    samples = _edged(samples, settings)
    count = (len(samples) - settings.n_fft) // settings.hop + 1
    blocks = []
    for first in range(0, count, _BLOCK):
        end = (min(first + _BLOCK, count) - 1) * settings.hop + settings.n_fft
        spectrum = torch.stft(  # (bins, frames)
            samples[first * settings.hop : end], settings.n_fft, settings.hop, settings.window, window,
            center=False, return_complex=True,
        )  # fmt: skip
        power = spectrum.real.square() + spectrum.imag.square()
        blocks.append(matrix @ (power if settings.power == 2.0 else power.sqrt()))  # (mel_bins, frames)
    mel = torch.cat(blocks, dim=1).T.clamp(min=settings.log_floor) + settings.log_offset
    return 10.0 * mel.log10() if settings.log == "db" else mel.log()


def _edged(samples: Tensor, settings: FeatureSettings) -> Tensor:
    """Return the waveform with what frames at its ends reach beyond it."""
    half = settings.n_fft // 2
    if not settings.centre:  # the FFT is longer than the window, which stft centres in it
        before = (settings.n_fft - settings.window) // 2
        return functional.pad(samples, (before, settings.n_fft - settings.window - before))
    if settings.pad_mode == "reflect":
        samples = functional.pad(samples, (0, max(0, half + 1 - len(samples))))  # too short to be reflected
        return functional.pad(samples[None], (half, half), mode="reflect")[0]
    return functional.pad(samples, (half, half))


@lru_cache(maxsize=16)
def _constants(settings: FeatureSettings, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the window (window,) and the transposed mel matrix (mel_bins, bins)."""
    window = torch.hann_window(settings.window, periodic=True, dtype=torch.float64)
    matrix = torch.from_numpy(np.ascontiguousarray(mel_matrix(settings).T))
    return window.to(device), matrix.to(device)


def _kaldi(samples: Tensor, settings: FeatureSettings) -> Tensor:
    from torchaudio.compliance.kaldi import fbank

    milliseconds = 1000.0 / settings.sample_rate
    values: Tensor = fbank(
        samples[None],
        sample_frequency=float(settings.sample_rate),
        frame_length=(settings.window + 0.01) * milliseconds,  # it truncates to samples
        frame_shift=(settings.hop + 0.01) * milliseconds,
        num_mel_bins=settings.mel_bins,
        low_freq=settings.f_min,
        high_freq=settings.f_max,
        use_power=settings.power == 2.0,
        window_type="hanning",
    )
    return values
