"""Our own resampling is torchaudio's, and does what resampling is to do."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch

from aacbench.audio.io import resample
from aacbench.audio.resampling import polyphase, resampler
from aacbench.runtime.libraries import torchaudio_fault

RATIOS = [(441, 320), (441, 160), (2, 1), (1, 2), (160, 441), (1000, 999), (16000, 160), (44100, 32000)]


@pytest.mark.parametrize(("old", "new"), RATIOS)
def test_polyphase_equals_torchaudio(old: int, new: int) -> None:
    if fault := torchaudio_fault():
        pytest.skip(f"torchaudio: {fault}")
    generator = torch.Generator().manual_seed(0)
    for samples in (1, 100, 3 * old + 7):
        wave = torch.rand(samples, generator=generator) * 2 - 1
        expected = resampler(old, new)(wave)
        assert expected.shape == (-(-samples * new // old),)
        torch.testing.assert_close(polyphase(old, new)(wave), expected, atol=1e-6, rtol=0)


def test_a_tone_keeps_its_pitch_and_one_beyond_the_new_rate_is_gone() -> None:
    time = torch.arange(44100, dtype=torch.float64) / 44100
    for hertz, level in ((1000.0, 1.0), (12000.0, 0.0)):
        new = polyphase(44100, 16000)(torch.sin(2 * torch.pi * hertz * time).float())
        expected = level * torch.sin(2 * torch.pi * hertz * torch.arange(16000, dtype=torch.float64) / 16000)
        assert (new - expected)[500:-500].abs().max() < 1e-5


def test_without_torchaudio_our_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("aacbench.audio.resampling")
    wave = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    before = resample(wave, 44100, 16000)
    used: list[tuple[int, int]] = []

    def watched(old: int, new: int) -> module.Resampler:  # type: ignore[name-defined]
        used.append((old, new))
        return polyphase(old, new)

    monkeypatch.setattr(module, "torchaudio_fault", lambda: "not installed")
    monkeypatch.setattr(module, "polyphase", watched)
    module.resampler.cache_clear()
    np.testing.assert_allclose(resample(wave, 44100, 16000), before, atol=1e-6 * np.abs(wave).max())
    module.resampler.cache_clear()
    assert used == [(441, 160)]
