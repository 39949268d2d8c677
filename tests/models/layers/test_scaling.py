"""Features scaled by the training clips: means and deviations of all, and of a sample of very many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio import front_end, large
from aacbench.audio.cache import FeatureCache
from aacbench.models.layers import scaling
from aacbench.models.layers.scaling import ScaledEncoder
from aacbench.types import Clip

SETTINGS = front_end("panns-16k")


class Same(torch.nn.Module):
    dim = clip_dim = SETTINGS.mel_bins
    reduction = 1


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Clip]:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    made = []
    for number in range(12):
        noise = 0.1 * (1 + number % 3) * np.random.default_rng(number).standard_normal(8000)
        soundfile.write(tmp_path / f"{number}.wav", noise, 16000)
        made.append(Clip(f"{number}.wav", tmp_path / f"{number}.wav"))
    return made


def fitted(clips: list[Clip]) -> ScaledEncoder:
    encoder = ScaledEncoder(Same(), SETTINGS.mel_bins)
    encoder.fit(clips, SETTINGS)
    return encoder


def test_all_clips_of_a_small_set(clips: list[Clip]) -> None:
    encoder = fitted(clips)
    frames = torch.cat([FeatureCache(SETTINGS).load(clip) for clip in clips])
    torch.testing.assert_close(encoder.mean, frames.mean(0), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(encoder.deviation, frames.std(0, correction=0), atol=1e-4, rtol=1e-4)


def test_a_sample_of_a_large_set(clips: list[Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fitted(clips)
    monkeypatch.setattr(large, "LARGE", 11)
    monkeypatch.setattr(scaling, "SAMPLE", 6)
    monkeypatch.setenv("AACBENCH_HOME", str(clips[0].audio) + ".home")  # nothing is kept
    sampled = fitted(clips)
    cache = FeatureCache(SETTINGS)
    assert len(cache.missing(clips)) == 6  # the others were never read
    assert not torch.equal(sampled.mean, whole.mean)
    torch.testing.assert_close(sampled.mean, whole.mean, atol=0.5 * float(whole.deviation.mean()), rtol=0)
    torch.testing.assert_close(fitted(clips).mean, sampled.mean, atol=0, rtol=0)  # the same ones each time
    assert len(cache.missing(clips)) == 6
