"""Instruments: xylophone, drum, guitar, flute and trumpet."""

from __future__ import annotations

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats
from aacbench.datasets.soundscapes.synthesis import (
    band,
    curve,
    decay,
    fades,
    lowpass,
    modes,
    phase,
    place,
    read,
    samples,
    tone,
    wander,
    wavetable,
)
from aacbench.datasets.soundscapes.voices import Draw

_SCALE = (1.0, 1.125, 1.25, 1.5, 1.6875, 2.0)


def xylophone(draw: Draw, count: int) -> Floats:
    """A bar that is struck: a clear tone with one overtone three times as high, both short."""
    base = draw.timbre.uniform(620.0, 820.0) * draw.pitch * draw.live.pick(_SCALE)
    mallet = lowpass(draw.live.noise(count), 3) * decay(count, 0.002)
    return modes(count, [(base, 1.0, 0.11), (base * 3.0, 0.4, 0.04), (base * 6.1, 0.15, 0.015)]) + mallet * 0.5


def drum(draw: Draw, count: int) -> Floats:
    """A drum: a deep skin whose pitch drops after the stroke, with a slap."""
    base = draw.timbre.uniform(75.0, 130.0) * draw.pitch
    line = curve(count, (0.0, base * 1.5), (0.15, base), (1.0, base * 0.95))
    skin = tone(line, count) * decay(count, 0.11) + tone(line * 1.59, count) * decay(count, 0.05) * 0.5
    return skin * 1.5 + lowpass(draw.live.noise(count), 5) * decay(count, 0.012)


def guitar(draw: Draw, count: int) -> Floats:
    """A strum: five strings of a chord, plucked one a few milliseconds after the other."""
    base = draw.timbre.uniform(110.0, 150.0) * draw.pitch * draw.live.pick((1.0, 1.125, 1.333, 1.5))
    out = np.zeros(count)
    for number, ratio in enumerate((1.0, 1.5, 2.0, 2.5, 3.0)):
        cycles = phase(base * ratio, count)
        bright = read(wavetable(0.3, 0.5, 0.5, 0.5, 0.4, 0.35, 0.3, 0.2), cycles) * decay(count, 0.07)
        warm = read(wavetable(1.0, 0.5, 0.3, 0.15, 0.1), cycles) * decay(count, 0.35)
        place(out, (warm + bright) * 0.5, samples(0.012) * number)
    return out * fades(count, 0.002, 0.05)


def flute(draw: Draw, count: int) -> Floats:
    """A flute: a soft melody with breath and a slow vibrato."""
    base = draw.timbre.uniform(520.0, 660.0) * draw.pitch
    period = max(1, samples(draw.timbre.uniform(0.34, 0.5) / draw.pace))
    out = np.zeros(count)
    for start in range(0, count, period):
        length = min(period, count - start)
        note = base * draw.live.pick(_SCALE)
        line = note * (tone(5.2, length) * 0.008 + 1.0)
        breath = band(draw.live, length, note, 31) * 0.12
        place(
            out,
            (read(wavetable(1.0, 0.25, 0.1, 0.04), phase(line, length)) + breath) * fades(length, 0.05, 0.05),
            start,
        )
    return out


def trumpet(draw: Draw, count: int) -> Floats:
    """A trumpet's note: a brassy tone that brightens as it swells."""
    base = draw.timbre.uniform(330.0, 420.0) * draw.pitch * draw.live.pick((1.0, 1.25, 1.5))
    cycles = phase(base * wander(draw.live, count, 0.996, 1.004, 0.1), count)
    soft = read(wavetable(1.0, 0.6, 0.3, 0.15), cycles)
    bright = read(wavetable(0.5, 0.8, 1.0, 0.9, 0.8, 0.6, 0.5, 0.35, 0.25, 0.15), cycles)
    mix = curve(count, (0.0, 0.0), (0.25, 0.9), (0.8, 0.8), (1.0, 0.1))
    return (soft * (1.0 - mix) + bright * mix) * fades(count, 0.04, 0.07)
