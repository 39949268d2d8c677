"""Tonal events: bell, electronic beep, car horn, piano (one stroke a call) and siren (a whole passage)."""

from __future__ import annotations

from aacbench.datasets.soundscapes.randomness import Floats
from aacbench.datasets.soundscapes.synthesis import decay, fades, modes, phase, read, smooth, tone, wavetable
from aacbench.datasets.soundscapes.voices.draw import Draw

_BELL = (
    (0.5, 0.5, 1.0),
    (1.0, 0.9, 0.8),
    (1.19, 0.7, 0.6),
    (1.5, 0.4, 0.5),
    (2.0, 0.8, 0.45),
    (2.74, 0.5, 0.3),
)
_SCALE = (1.0, 1.125, 1.25, 1.5, 1.6875, 2.0)


def bell(draw: Draw, count: int) -> Floats:
    """A church bell: hum, prime, minor third, fifth, nominal, and a long fall."""
    base = draw.timbre.uniform(480.0, 620.0) * draw.pitch
    ring = draw.timbre.uniform(0.5, 0.8)
    body = modes(count, [(base * ratio, gain, ring * length) for ratio, gain, length in (*_BELL, (5.4, 0.3, 0.06))])
    return body * fades(count, 0.002, 0.1)


def beep(draw: Draw, count: int) -> Floats:
    """An electronic beep: one steady pure tone that starts and stops at once."""
    return tone(draw.timbre.uniform(1150.0, 1500.0) * draw.pitch, count) * fades(count, 0.004, 0.006)


def horn(draw: Draw, count: int) -> Floats:
    """A car horn: two reedy tones a third apart, held level."""
    base = draw.timbre.uniform(340.0, 400.0) * draw.pitch
    reed = wavetable(0.7, 0.9, 1.0, 0.9, 0.7, 0.5, 0.35, 0.25)
    lower, upper = read(reed, phase(base, count)), read(reed, phase(base * 1.26, count))
    return (lower + upper) * fades(count, 0.02, 0.04)


def piano(draw: Draw, count: int) -> Floats:
    """A piano note: a harmonic string that falls from the strike; each stroke takes a note of a scale."""
    base = draw.timbre.uniform(230.0, 290.0) * draw.pitch * draw.live.pick(_SCALE)
    bright = read(wavetable(0.2, 0.3, 0.4, 0.4, 0.3, 0.25, 0.2, 0.15), phase(base * 1.001, count)) * decay(count, 0.09)
    warm = read(wavetable(1.0, 0.5, 0.25, 0.1), phase(base, count)) * decay(count, 0.4)
    return (warm + bright) * fades(count, 0.004, 0.05)


def siren(draw: Draw, count: int) -> Floats:
    """A siren: a bright tone that glides up and down more than an octave."""
    low = draw.timbre.uniform(520.0, 640.0)
    sweep = tone(draw.timbre.uniform(0.5, 0.7) * draw.pace * draw.pace, count, 0.75)
    frequency = smooth(sweep * 0.5 + 0.5) * (low * 1.3) + low
    return read(wavetable(1.0, 0.45, 0.3, 0.15), phase(frequency, count)) * fades(count, 0.1, 0.2)
