"""Kaldi's filter bank (compute-fbank-feats), by torchaudio where it loads, elsewhere the same in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from aacbench.audio.settings import FeatureSettings
from aacbench.runtime.libraries import torchaudio_fault

PREEMPHASIS = 0.97
FLOOR = 2.0**-23  # of a filter's energy, before the logarithm


def filter_bank(samples: Tensor, settings: FeatureSettings) -> Tensor:
    """Return log energies (frames, mel_bins) of a waveform (samples,), in its precision.

    Each frame loses its mean, is pre-emphasised and windowed (symmetric Hann); there is no dither. Only whole frames
    count, of which there has to be one.
    """
    return _by_torchaudio(samples, settings) if torchaudio_fault() is None else by_definition(samples, settings)


def _by_torchaudio(samples: Tensor, settings: FeatureSettings) -> Tensor:
    from torchaudio.compliance.kaldi import fbank  # loaded only where it is known to load  # noqa: PLC0415

    milliseconds = 1000.0 / settings.sample_rate
    values: Tensor = fbank(
        samples[None],
        sample_frequency=float(settings.sample_rate),
        frame_length=(settings.window + 0.01) * milliseconds,  # it truncates to samples
        frame_shift=(settings.hop + 0.01) * milliseconds,
        num_mel_bins=settings.mel_bins,
        low_freq=settings.f_min,
        high_freq=settings.f_max,
        preemphasis_coefficient=PREEMPHASIS,
        use_power=settings.power == 2.0,
        window_type="hanning",
    )
    return values


def by_definition(samples: Tensor, settings: FeatureSettings) -> Tensor:
    """Return the same as `filter_bank`, computed here."""
    frames = samples.unfold(0, settings.window, settings.hop)
    frames = frames - frames.mean(1, keepdim=True)
    frames = frames - PREEMPHASIS * torch.cat([frames[:, :1], frames[:, :-1]], 1)  # the first is its own forerunner
    window = torch.hann_window(settings.window, periodic=False, dtype=samples.dtype, device=samples.device)
    spectrum = torch.fft.rfft(frames * window, settings.n_fft).abs()
    if settings.power == 2.0:
        spectrum = spectrum.square()
    energies: Tensor = spectrum @ _mel_filters(settings).to(samples)
    return energies.clamp(min=FLOOR).log()


def _mel_filters(settings: FeatureSettings) -> Tensor:
    """Return triangles over mel (bins, mel_bins) in single precision, as torchaudio rounds them.

    The bin of half the sample rate counts for nothing.
    """
    bins = settings.n_fft // 2
    mel = _mel(torch.arange(bins, dtype=torch.float32) * (settings.sample_rate / settings.n_fft))
    low, high = (float(_mel(torch.tensor(edge, dtype=torch.float64))) for edge in (settings.f_min, settings.f_max))
    step = (high - low) / (settings.mel_bins + 1)
    number = torch.arange(settings.mel_bins, dtype=torch.float32)
    left, centre, right = (low + (number + more) * step for more in (0.0, 1.0, 2.0))
    rising = (mel[:, None] - left) / (centre - left)
    falling = (right - mel[:, None]) / (right - centre)
    return functional.pad(torch.minimum(rising, falling).clamp(min=0.0), (0, 0, 0, 1))


def _mel(hertz: Tensor) -> Tensor:
    return 1127.0 * (1.0 + hertz / 700.0).log()
