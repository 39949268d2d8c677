"""The six acoustic scenes: a background each, and reverberation as sparse exact delays.

A background is scaled to the root mean square asked for; `echoes` are (delay in seconds, gain) pairs, applied
twice in a row so that a dozen delays become some hundred reflections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats, Stream
from aacbench.datasets.soundscapes.synthesis import (
    band,
    curve,
    decay,
    even,
    highpass,
    lowpass,
    murmur,
    phase,
    place,
    read,
    samples,
    smooth,
    sparse,
    tone,
    wander,
    wavetable,
)

Echoes = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Scene:
    """A scene: how its background is made, its level (dB relative to full scale), and its reverberation."""

    label: str
    background: Callable[[Stream, int], Floats]
    level: float
    near_wet: float
    far_wet: float
    echoes: Echoes


def _street(stream: Stream, count: int) -> Floats:
    """Traffic: a deep rumble, and cars that pass as swells of tyre noise."""
    out = murmur(stream, count, 81)
    for _ in range(stream.pick((1, 2))):
        middle = stream.uniform(0.15, 0.85)
        points = (
            (0.0, 0.0),
            (max(0.01, middle - 0.3), 0.0),
            (middle, 1.0),
            (min(0.99, middle + 0.3), 0.0),
            (1.0, 0.0),
        )
        out = out + band(stream, count, stream.uniform(450.0, 700.0), 17) * smooth(curve(count, *points)) * 0.7
    return out


def _park(stream: Stream, count: int) -> Floats:
    """Leaves: a soft rustle above 2 kHz that comes and goes with the air."""
    rustle = band(stream, count, 4600.0, 5) * smooth(wander(stream, count, 0.35, 1.0, 0.35))
    return rustle + murmur(stream, count, 31) * 0.25


def _kitchen(stream: Stream, count: int) -> Floats:
    """A refrigerator: steady mains hum with its harmonics, and a little air."""
    hum = read(wavetable(1.0, 0.8, 0.5, 0.6, 0.3, 0.4, 0.2, 0.25), phase(stream.uniform(98.0, 102.0), count))
    return even(hum) + even(lowpass(stream.noise(count), 5)) * 0.18


def _station(stream: Stream, count: int) -> Floats:
    """A crowd: many voices as bands of speech pitch and colour, each with its own syllables."""
    out = np.zeros(count)
    for _ in range(7):
        syllables = smooth(wander(stream, count, 0.0, 1.0, stream.uniform(0.11, 0.17)))
        voice = band(stream, count, stream.uniform(300.0, 1300.0), stream.pick((45, 61, 77)))
        out = out + voice * syllables * stream.uniform(0.4, 1.0)
    return out


def _office(stream: Stream, count: int) -> Floats:
    """Ventilation: flat air noise with two faint whines, and a keyboard now and then."""
    air = even(lowpass(stream.noise(count), 9))
    whine = tone(stream.uniform(1830.0, 1990.0), count) * 0.22 + tone(stream.uniform(860.0, 940.0), count) * 0.2
    keys = np.zeros(count)
    for start in sparse(stream, count, 3.5):
        place(keys, highpass(stream.noise(120), 5) * decay(120, 0.0015), start, stream.uniform(1.0, 3.0))
    return air + whine + keys


def _seaside(stream: Stream, count: int) -> Floats:
    """Surf: broad noise that swells slowly as each wave breaks, brighter as it is louder."""
    swell = smooth(tone(stream.uniform(0.22, 0.32), count, stream.unit()) * 0.5 + 0.5)
    dull = murmur(stream, count, 15)
    bright = even(highpass(lowpass(stream.noise(count), 3), 21))
    return dull * (swell * 0.7 + 0.3) + bright * (swell * swell) * 0.9


SCENES = {
    scene.label: scene
    for scene in (
        Scene("street", _street, -42.0, 0.15, 0.6, ((0.061, 0.5), (0.103, 0.35), (0.171, 0.25))),
        Scene("park", _park, -46.0, 0.04, 0.25, ((0.037, 0.4), (0.142, 0.25))),
        Scene(
            "kitchen",
            _kitchen,
            -45.0,
            0.3,
            0.8,
            ((0.0071, 0.6), (0.0113, 0.5), (0.0187, 0.45), (0.0291, 0.35)),
        ),
        Scene(
            "station",
            _station,
            -44.0,
            0.4,
            1.0,
            (
                (0.031, 0.6),
                (0.067, 0.6),
                (0.113, 0.55),
                (0.179, 0.5),
                (0.263, 0.42),
                (0.367, 0.33),
                (0.487, 0.25),
            ),
        ),
        Scene("office", _office, -46.0, 0.2, 0.6, ((0.0053, 0.5), (0.0131, 0.4), (0.0213, 0.25))),
        Scene("seaside", _seaside, -43.0, 0.0, 0.15, ((0.083, 0.3),)),
    )
}


def reverberate(dry: Floats, echoes: Echoes) -> Floats:
    """Return the reflections of a signal (without itself): two rounds of delays, each a little duller."""
    first = np.zeros(len(dry))
    for delay, gain in echoes:
        place(first, dry, samples(delay), gain)
    first = lowpass(first, 3)
    second = np.zeros(len(dry))
    for delay, gain in echoes:
        place(second, first, samples(delay * 0.83), gain * 0.8)
    return first + lowpass(second, 3)
