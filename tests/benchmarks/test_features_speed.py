"""Feature extraction against librosa, and the cache against reading, resampling and extraction.

Waveforms of ten seconds, one thread, in seconds of processor time: other work on the machine weighs less. The
clips per second are in each benchmark's `extra_info`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio import FeatureSettings, front_end
from aacbench.audio.cache import FeatureCache
from aacbench.audio.logmel import extract
from aacbench.types import Clip

CLIPS = 4
SETTINGS = front_end("panns")


def waves(sample_rate: int) -> list[Any]:
    rng = np.random.default_rng(0)
    return [0.1 * rng.standard_normal(10 * sample_rate, dtype=np.float32) for _ in range(CLIPS)]


pytestmark = pytest.mark.usefixtures("one_thread")


def by_librosa(wave: Any, settings: FeatureSettings) -> Any:
    mel = librosa.feature.melspectrogram(
        y=wave,
        sr=settings.sample_rate,
        n_fft=settings.n_fft,
        hop_length=settings.hop,
        pad_mode="reflect",
        n_mels=settings.mel_bins,
        fmin=settings.f_min,
        fmax=settings.f_max,
    )
    return librosa.power_to_db(mel, ref=1.0, amin=settings.log_floor, top_db=None).T


@pytest.mark.benchmark(group="log-mel of 4 clips of 10 s", timer=time.process_time, min_rounds=15)
@pytest.mark.parametrize("by", [extract, by_librosa], ids=["aacbench", "librosa"])
def test_log_mel(benchmark: Any, by: Callable[[Any, FeatureSettings], Any]) -> None:
    clips = waves(SETTINGS.sample_rate)
    found = benchmark(lambda: [by(wave, SETTINGS) for wave in clips])
    assert found[0].shape == (1001, 64)
    if benchmark.stats:
        benchmark.extra_info["clips_per_s"] = round(CLIPS / benchmark.stats.stats.mean, 1)


@pytest.mark.benchmark(group="features of 4 files of 10 s", timer=time.process_time)
@pytest.mark.parametrize("kept", [True, False], ids=["cached", "uncached"])
def test_cache(benchmark: Any, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    clips = []
    for number, wave in enumerate(waves(44100)):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, wave, 44100)
        clips.append(Clip(path.name, path))
    folders = iter(range(1_000_000))

    def fresh() -> tuple[tuple[FeatureCache], dict[str, Any]]:
        cache = FeatureCache(SETTINGS, tmp_path / ("kept" if kept else str(next(folders))))
        return (cache,), {}

    def run(cache: FeatureCache) -> list[torch.Tensor]:
        cache.prepare(clips, progress=False, workers=1)
        return [cache.load(clip) for clip in clips]

    if kept:
        run(fresh()[0][0])
    found = benchmark.pedantic(run, setup=fresh, rounds=10)
    assert len(found) == CLIPS
    if benchmark.stats:
        benchmark.extra_info["clips_per_s"] = round(CLIPS / benchmark.stats.stats.mean, 1)
