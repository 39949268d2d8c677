"""Another format, loudness or sample rate of one recording is near to it; other recordings are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.audio.io import info, read
from aacbench.datasets.near_audio import Outline, near_leaks, outline


def sound(seed: int, seconds: float = 4.0, rate: int = 16000) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    random = np.random.default_rng(seed)
    loudness = np.repeat(random.uniform(0.01, 0.5, round(seconds * 8)), rate // 8)
    return (loudness * random.uniform(-1, 1, len(loudness))).astype(np.float32)


def heard(path: Path) -> Outline:
    found = outline(read(path), info(path).sample_rate)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "quiet.wav", "slow.wav"])
def test_other_forms_of_one_recording_are_near(name: str, tmp_path: Path) -> None:
    samples, rate = sound(0), 16000
    soundfile.write(tmp_path / "a.wav", samples, rate)
    if name == "quiet.wav":
        soundfile.write(tmp_path / name, samples / 7, rate)
    elif name == "slow.wav":
        soundfile.write(tmp_path / name, samples.reshape(-1, 2).mean(1), rate // 2)
    else:
        soundfile.write(tmp_path / name, samples, rate)
    said = near_leaks({"development": {"a": heard(tmp_path / "a.wav")}, "evaluation": {"b": heard(tmp_path / name)}})
    assert said == ["nearly the same audio is in development ('a') and evaluation ('b'): listen to both"]


def test_other_recordings_are_not() -> None:
    outlines = {str(seed): found for seed in range(40) if (found := outline(sound(seed), 16000)) is not None}
    assert len(outlines) == 40
    halves = {name: one for name, one in outlines.items() if int(name) < 20}
    others = {name: one for name, one in outlines.items() if int(name) >= 20}
    assert near_leaks({"development": halves, "evaluation": others}) == []
    assert len(near_leaks({"development": halves, "evaluation": outlines})) == 20
    marks = {name: {f"source {name}"} for name in outlines}
    assert (
        near_leaks({"development": halves, "evaluation": outlines}, {"development": marks, "evaluation": marks}) == []
    )


def test_what_never_changes_has_no_outline() -> None:
    assert outline(np.zeros(64000, np.float32), 16000) is None
    assert outline(np.full(64000, 0.5, np.float32), 16000) is None
    assert outline(sound(0)[:8000], 16000) is None


def test_real_clips_of_different_splits_are_not_near(test_data: Path) -> None:
    splits = {
        split: {
            path.name: found
            for path in sorted((test_data / "clotho-mini" / split).glob("*.wav"))
            if (found := outline(read(path), info(path).sample_rate)) is not None
        }
        for split in ("development", "validation", "evaluation")
    }
    assert all(splits.values()) and near_leaks(splits) == []
