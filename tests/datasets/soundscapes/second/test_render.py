"""Clips of 2.0 as they sound: every class is heard when it should be, and recorders differ."""

from __future__ import annotations

import numpy as np
import pytest

from aacbench.datasets.soundscapes.composition import Composition, Sound
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.render import sound_signal
from aacbench.datasets.soundscapes.second.classes import CLASSES
from aacbench.datasets.soundscapes.second.recorder import _RECORDERS, record
from aacbench.datasets.soundscapes.second.render import render, render_composition
from aacbench.datasets.soundscapes.second.scenes import SCENES
from aacbench.datasets.soundscapes.settings import SoundscapesSettings

SETTINGS = SoundscapesSettings.preset("small", "2.0")


def one(label: str, gain: float = -20.0) -> Sound:
    strokes = (0.0, 1.3) if CLASSES[label].stroke else ()
    return Sound(label, 1.0, 2.0, strokes, gain=gain)


@pytest.mark.parametrize("label", CLASSES)
def test_a_sound_is_heard_when_it_should_be(label: str) -> None:
    signal = sound_signal(one(label), Stream(4), CLASSES[label].voice)
    assert len(signal) == 32_000 and np.isfinite(signal).all()
    heard = np.flatnonzero(np.abs(signal) > 0.05 * np.max(np.abs(signal)))
    assert heard[0] < 0.6 * 16_000 and heard[-1] > 1.2 * 16_000
    audible = signal[np.abs(signal) > 0.02 * np.max(np.abs(signal))]
    assert 10 * np.log10(np.mean(audible**2)) == pytest.approx(-20.0, abs=0.2) or np.max(np.abs(signal)) > 0.79


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_has_a_background(scene: str) -> None:
    samples = render_composition(Composition(4.0, scene, ()), Stream(3))
    assert samples.dtype == np.int16 and len(samples) == 64_000
    assert 3 < np.sqrt(np.mean(samples.astype(float) ** 2)) < 6_000


@pytest.mark.parametrize("split", ["development", "evaluation", "tagged", "scenes"])
def test_clips_do_not_clip_often(split: str) -> None:
    for index in range(4):
        samples = render(SETTINGS, split, index)
        assert np.mean(np.abs(samples.astype(np.int64)) >= 32_767) < 0.001


def test_recorders_differ() -> None:
    heard = Stream(1).noise(16_000) * 0.2
    kept = [how(Stream(2), heard) for _, how in _RECORDERS]
    low, high = [], []
    for signal in kept:
        spectrum = np.abs(np.fft.rfft(signal)) ** 2
        low.append(spectrum[20:150].mean() / spectrum.mean())
        high.append(spectrum[6000:].mean() / spectrum.mean())
    assert high[0] > 5 * max(high[1], high[2])  # telephone and tape have no treble
    assert low[0] > 3 * low[4]  # a hand takes the bass
    assert np.max(np.abs(kept[4])) <= 0.35
    assert not np.array_equal(record(Stream(5), heard), record(Stream(6), heard))
