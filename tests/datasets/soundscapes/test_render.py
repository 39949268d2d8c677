"""Rendered clips: levels, times and distances are what the composition says."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from aacbench.datasets.soundscapes.composition import Composition, Sound, compose
from aacbench.datasets.soundscapes.events import EVENTS
from aacbench.datasets.soundscapes.randomness import Floats, Stream
from aacbench.datasets.soundscapes.render import render, render_composition, sound_signal
from aacbench.datasets.soundscapes.scenes import SCENES, reverberate
from aacbench.datasets.soundscapes.settings import SoundscapesSettings

SETTINGS = SoundscapesSettings()


def one(label: str, scene: str = "office", gain: float = -20.0, distance: str | None = None) -> Sound:
    strokes = (0.0, 1.0) if EVENTS[label].stroke else ()
    return Sound(label, 1.0, 2.0, strokes, gain=gain, distance=distance)


def power(samples: Floats | NDArray[np.int16]) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


@pytest.mark.parametrize("index", range(6))
def test_clips_have_their_length_and_do_not_clip(index: int) -> None:
    samples = render(SETTINGS, "validation", index)
    assert samples.dtype == np.int16
    assert len(samples) == round(compose(SETTINGS, "validation", index).seconds * 16_000)
    assert np.mean(np.abs(samples.astype(np.int64)) >= 32_767) < 0.001
    assert 10 < np.sqrt(power(samples)) < 12_000


@pytest.mark.parametrize("label", EVENTS)
def test_a_sound_is_heard_when_it_should_be(label: str) -> None:
    samples = render_composition(Composition(5.0, "office", (one(label, gain=-27.5),)), Stream(2)) / 32768
    quiet = render_composition(Composition(5.0, "office", ()), Stream(2)) / 32768
    np.testing.assert_array_equal(samples[:15_900], quiet[:15_900])
    difference = samples - quiet
    heard = np.flatnonzero(np.abs(difference) > 0.02)
    assert heard[0] / 16_000 == pytest.approx(1.2, abs=0.3) and heard[-1] < 3.2 * 16_000
    frames = np.abs(np.fft.rfft(samples[: 78 * 1024].reshape(78, 1024))) ** 2
    still = np.abs(np.fft.rfft(quiet[: 78 * 1024].reshape(78, 1024))) ** 2
    assert np.max(frames[16:46] / np.median(still, axis=0)) > 100  # a faint one stands out by 20 dB somewhere


@pytest.mark.parametrize("label", EVENTS)
def test_level_and_peak(label: str) -> None:
    signal = sound_signal(one(label, gain=-20.0), Stream(4))
    peak = np.max(np.abs(signal))
    assert peak <= 0.8 + 1e-9
    audible = signal[np.abs(signal) > 0.02 * peak]
    assert 10 * np.log10(power(audible)) == pytest.approx(-20.0, abs=0.2) or peak == pytest.approx(0.8)


def test_far_sounds_are_duller_and_more_reverberant() -> None:
    near = sound_signal(one("rain", distance="near"), Stream(4))
    far = sound_signal(one("rain", distance="far"), Stream(4))
    high = [np.sum(np.abs(np.fft.rfft(signal))[len(signal) // 4 :] ** 2) for signal in (near, far)]
    assert high[1] < 0.5 * high[0]
    assert all(scene.far_wet > scene.near_wet for scene in SCENES.values())


def test_pitch_and_pace_factors_are_heard() -> None:
    def peak_frequency(factor: float) -> float:
        signal = sound_signal(Sound("beep", 0.0, 1.0, (0.0,), pitch_factor=factor, gain=-20.0), Stream(4))
        return float(np.argmax(np.abs(np.fft.rfft(signal))))

    assert peak_frequency(1.5) / peak_frequency(1.0) == pytest.approx(1.5, abs=0.01)
    slow, fast = (sound_signal(Sound("clock tick", 0.0, 4.0, pace_factor=pace), Stream(4)) for pace in (0.7, 1.7))
    assert np.count_nonzero(np.diff((np.abs(fast) > 0.1).astype(int)) == 1) > np.count_nonzero(
        np.diff((np.abs(slow) > 0.1).astype(int)) == 1
    )


@pytest.mark.parametrize("scene", SCENES)
def test_backgrounds_differ_from_clip_to_clip_and_never_hide_events(scene: str) -> None:
    clips = [render_composition(Composition(4.0, scene, ()), Stream(seed)) / 32768 for seed in range(4)]
    assert len({clip.tobytes() for clip in clips}) == 4
    assert all(10 * np.log10(power(clip)) < -34 for clip in clips)


def test_reverberation_adds_delays() -> None:
    click = np.zeros(4000)
    click[0] = 1.0
    tail = reverberate(click, ((0.05, 0.5),))
    peaks = np.flatnonzero(tail > 0.05)
    assert peaks[0] == pytest.approx(800, abs=2) and peaks[-1] == pytest.approx(800 + 664, abs=3)
