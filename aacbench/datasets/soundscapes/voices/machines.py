"""Mechanical events, each a whole passage: engine, drill, ticking clock, helicopter."""

from __future__ import annotations

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats
from aacbench.datasets.soundscapes.synthesis import (
    band,
    curve,
    even,
    fades,
    highpass,
    modes,
    murmur,
    phase,
    place,
    read,
    samples,
    tone,
    wander,
    wavetable,
)
from aacbench.datasets.soundscapes.voices.draw import Draw


def engine(draw: Draw, count: int) -> Floats:
    """An idling engine: many harmonics of a low firing rate that wavers, over a dull roar."""
    rate = wander(draw.live, count, 0.94, 1.06, 0.6) * (draw.timbre.uniform(42.0, 52.0) * draw.pitch)
    gains = (0.6, 1.0, 0.5, 0.9, 0.6, 0.7, 0.4, 0.5, 0.3, 0.35, 0.2, 0.2, 0.12, 0.1)
    block = read(wavetable(*gains), phase(rate, count))
    throb = tone(rate * 0.25, count) * 0.35 + 0.65
    roar = murmur(draw.live, count, 35)
    return (even(block * throb) + roar * 0.5) * fades(count, 0.25, 0.35)


def drill(draw: Draw, count: int) -> Floats:
    """A drill: a motor that spins up to a harsh buzz rich in harmonics, with grinding noise above."""
    spin = curve(count, (0.0, 0.45), (0.12, 1.0), (0.9, 1.0), (1.0, 0.7)) * wander(draw.live, count, 0.97, 1.03, 0.2)
    frequency = spin * (draw.timbre.uniform(170.0, 220.0) * draw.pitch)
    gains = [1.0 / (1.0 + 0.12 * number) for number in range(18)]
    buzz = even(read(wavetable(*gains), phase(frequency, count)))
    grind = even(highpass(draw.live.noise(count), 5)) * (tone(frequency * 0.125, count) * 0.4 + 0.6)
    return (buzz + grind * 0.55) * fades(count, 0.05, 0.08)


def clock(draw: Draw, count: int) -> Floats:
    """A clock: short dry ticks at an even pace, tick and tock of two colours."""
    bright = draw.timbre.uniform(2300.0, 2900.0)
    tick = modes(500, [(bright, 1.0, 0.004), (bright * 1.61, 0.6, 0.002)])
    tock = modes(500, [(bright * 0.72, 1.0, 0.005), (bright * 1.2, 0.5, 0.002)])
    period = samples(draw.timbre.uniform(0.3, 0.36) / draw.pace)
    out = np.zeros(count)
    for number, start in enumerate(range(0, count - 400, period)):
        place(out, tock if number % 2 else tick, start)
    return out


def helicopter(draw: Draw, count: int) -> Floats:
    """A helicopter: rotor thumps a dozen a second, each a burst of low noise, with a whine above."""
    rate = draw.timbre.uniform(10.5, 13.5)
    turn = tone(rate, count) * 0.5 + 0.5
    chop = turn * turn * turn
    blades = band(draw.live, count, 160.0, 61) * chop
    wash = band(draw.live, count, 900.0, 15) * (chop * 0.8 + 0.1)
    whine = tone(draw.timbre.uniform(1050.0, 1350.0), count) * 0.05
    return (blades + wash * 0.35 + whine) * wander(draw.live, count, 0.75, 1.0, 0.8) * fades(count, 0.4, 0.5)
