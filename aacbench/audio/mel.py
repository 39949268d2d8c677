"""Mel filter banks in double precision, as librosa, HTK, TensorFlow and Kaldi define them.

Frequencies are in Hz. A filter rises from the centre of its lower neighbour to its own and falls to the upper
one's; centres are evenly spaced on the mel scale from `f_min` to `f_max`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.audio.settings import FeatureSettings

Array = NDArray[np.floating[Any]]

# Slaney's Auditory Toolbox (1998): 15 mels per kHz up to 1 kHz, from there 27 mels for a factor of 6.4.
_SLANEY_KNEE_HZ = 1000.0
_SLANEY_HZ_PER_MEL = 200.0 / 3.0
_SLANEY_KNEE_MEL = _SLANEY_KNEE_HZ / _SLANEY_HZ_PER_MEL
_SLANEY_LOG_STEP = np.log(6.4) / 27.0


def hertz_to_mel(hertz: Array, scale: str) -> Array:
    """Return mels for frequencies on the "slaney" or the "htk" scale."""
    if scale == "htk":
        mel: Array = 2595.0 * np.log10(1.0 + hertz / 700.0)
        return mel
    above = _SLANEY_KNEE_MEL + np.log(np.maximum(hertz, _SLANEY_KNEE_HZ) / _SLANEY_KNEE_HZ) / _SLANEY_LOG_STEP
    return np.where(hertz < _SLANEY_KNEE_HZ, hertz / _SLANEY_HZ_PER_MEL, above)


def mel_to_hertz(mel: Array, scale: str) -> Array:
    """Return frequencies for mels on the "slaney" or the "htk" scale."""
    if scale == "htk":
        hertz: Array = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
        return hertz
    steps = np.maximum(mel, _SLANEY_KNEE_MEL) - _SLANEY_KNEE_MEL
    above = _SLANEY_KNEE_HZ * np.exp(_SLANEY_LOG_STEP * steps)
    return np.where(mel < _SLANEY_KNEE_MEL, mel * _SLANEY_HZ_PER_MEL, above)


def mel_matrix(settings: FeatureSettings) -> Array:
    """Return the filter bank (n_fft // 2 + 1, mel_bins) of `settings`."""
    scale = settings.mel_scale
    ends = hertz_to_mel(np.array([settings.f_min, settings.f_max]), scale)
    edges_mel = np.linspace(ends[0], ends[1], settings.mel_bins + 2)
    edges = mel_to_hertz(edges_mel, scale)
    bins = np.arange(settings.n_fft // 2 + 1) * (settings.sample_rate / settings.n_fft)
    if settings.mel_slopes == "mel":
        bank = _triangles(hertz_to_mel(bins, scale), edges_mel)
        bank[0] = 0.0
    else:
        bank = _triangles(bins, edges)
    if settings.mel_norm == "slaney":
        bank *= 2.0 / (edges[2:] - edges[:-2])
    return bank


def _triangles(points: Array, edges: Array) -> Array:
    """Return triangles (points, len(edges) - 2) whose feet and peaks are at `edges`, with peaks of 1."""
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    rising = (points[:, None] - lower) / (centre - lower)
    falling = (upper - points[:, None]) / (upper - centre)
    return np.maximum(0.0, np.minimum(rising, falling))
