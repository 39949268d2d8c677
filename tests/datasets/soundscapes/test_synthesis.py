"""Primitives against independent computations with NumPy's own functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aacbench.datasets.soundscapes import synthesis
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.render import amplitude


def test_sine_table_is_a_sine() -> None:
    table = synthesis.sine_table()
    assert np.max(np.abs(table - np.sin(2 * np.pi * np.arange(len(table)) / len(table)))) < 1e-11


@pytest.mark.parametrize("frequency", [50.0, 441.7, 5000.0])
def test_tone_has_its_frequency(frequency: float) -> None:
    time = np.arange(1, 16_001) / 16_000
    assert np.max(np.abs(synthesis.tone(frequency, 16_000) - np.sin(2 * np.pi * frequency * time))) < 5e-4


def test_wavetable_adds_harmonics() -> None:
    cycle = np.arange(1 << 14) / (1 << 14)
    wanted = np.sin(2 * np.pi * cycle) * 0.5 + np.sin(6 * np.pi * cycle) * 0.25
    np.testing.assert_allclose(synthesis.wavetable(0.5, 0.0, 0.25), wanted, atol=1e-10)


@given(st.integers(1, 60).map(lambda half: 2 * half + 1), st.integers(1, 3), st.integers(0, 5))
def test_lowpass_is_a_moving_mean(width: int, passes: int, seed: int) -> None:
    signal = Stream(seed).noise(500)
    wanted = signal
    for _ in range(passes):
        wanted = np.convolve(np.pad(wanted, width // 2), np.full(width, 1 / width), mode="valid")
    np.testing.assert_allclose(synthesis.lowpass(signal, width, passes), wanted, atol=2e-6)


def test_decay_falls_to_one_in_e() -> None:
    envelope = synthesis.decay(16_000, 0.1)
    np.testing.assert_allclose(envelope, np.exp(-np.arange(16_000) / 1600), atol=2e-4)
    assert envelope[0] == 1.0
    assert not np.any((envelope > 0) & (envelope < np.finfo(np.float64).tiny))


@given(st.integers(2, 4000), st.floats(1e-3, 50.0), st.integers(0, 9))
def test_level_is_the_root_mean_square(count: int, gain: float, seed: int) -> None:
    signal = Stream(seed).noise(count) * gain
    assert synthesis.level(signal) == pytest.approx(np.sqrt(np.mean(signal**2)), rel=1e-5)


def test_level_of_nothing_and_silence() -> None:
    assert synthesis.level(np.zeros(0)) == 0.0
    assert synthesis.level(np.zeros(5)) == 0.0
    assert np.array_equal(synthesis.even(np.zeros(5)), np.zeros(5))


def test_noise_levels() -> None:
    assert synthesis.level(synthesis.murmur(Stream(1), 200_000, 21)) == pytest.approx(1.0, abs=0.02)
    assert synthesis.level(synthesis.band(Stream(1), 200_000, 1000.0, 21)) == pytest.approx(1.0, abs=0.02)


def test_band_noise_lies_around_its_centre() -> None:
    power = np.abs(np.fft.rfft(synthesis.band(Stream(3), 16_000, 2000.0, 41))) ** 2
    assert power[1600:2400].sum() > 0.95 * power.sum()


def test_curve_passes_through_its_points() -> None:
    line = synthesis.curve(1000, (0.0, 1.0), (0.5, 3.0), (1.0, 2.0))
    np.testing.assert_allclose(line, np.interp(np.arange(1000), [0, 500, 1000], [1, 3, 2]), atol=1e-12)


@given(st.floats(-80.0, 6.0))
def test_amplitude_is_within_a_tenth_of_a_decibel(decibels: float) -> None:
    assert 20 * np.log10(amplitude(decibels)) == pytest.approx(decibels, abs=0.1)


def test_place_drops_what_lies_beyond_the_end() -> None:
    out = np.zeros(5)
    synthesis.place(out, np.ones(4), 3, 0.5)
    synthesis.place(out, np.ones(4), 9)
    assert out.tolist() == [0, 0, 0, 0.5, 0.5]


def test_sparse_positions_have_their_rate() -> None:
    places = synthesis.sparse(Stream(4), 160_000, 20.0)
    assert places == sorted(places) and places[0] >= 0 and places[-1] < 160_000
    assert len(places) == pytest.approx(200, rel=0.15)
