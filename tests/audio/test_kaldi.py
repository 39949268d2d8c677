"""Our own filter bank is torchaudio's port of Kaldi's."""

from __future__ import annotations

import math

import pytest
import torch

from aacbench.audio import front_end
from aacbench.audio.kaldi import by_definition, filter_bank
from aacbench.audio.settings import FeatureSettings
from aacbench.runtime.libraries import torchaudio_fault

NARROW = FeatureSettings(
    kind="kaldi", sample_rate=32000, window=800, hop=320, n_fft=1024, centre=False, mel_bins=40, mel_scale="htk",
    mel_slopes="mel", mel_norm=None, f_min=60.0, f_max=14000.0, power=1.0, log="ln", log_floor=2.0**-23,
)  # fmt: skip


@pytest.mark.parametrize("settings", [front_end("ast"), NARROW], ids=["ast", "narrow"])
@pytest.mark.parametrize("samples", [0, 1, 20000])
def test_the_filter_bank_equals_torchaudio(settings: FeatureSettings, samples: int) -> None:
    if fault := torchaudio_fault():
        pytest.skip(f"torchaudio: {fault}")
    count = settings.window + samples
    wave = torch.rand(count, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 - 1
    wave *= torch.linspace(0, 1, count)  # silence has a floor
    expected = filter_bank(wave, settings)
    assert expected.shape == (settings.frames(count), settings.mel_bins)
    torch.testing.assert_close(by_definition(wave, settings), expected, atol=1e-6, rtol=0)


def test_silence_is_the_floor_and_a_tone_is_in_its_band() -> None:
    settings = front_end("ast")
    silence = torch.zeros(1000, dtype=torch.float64)
    assert sorted(set(by_definition(silence, settings).flatten().tolist())) == [pytest.approx(-23 * math.log(2))]
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16000, dtype=torch.float64) / 16000)
    edges = 700 * (torch.exp(torch.linspace(31.749, 2840.038, settings.mel_bins + 2) / 1127) - 1)  # 20 to 8000 Hz
    loudest = int(by_definition(tone, settings).mean(0).argmax())
    assert edges[loudest] < 1000 < edges[loudest + 2]
