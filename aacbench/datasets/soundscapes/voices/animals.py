"""Animal-like events: dog bark, bird chirp, cat meow, frog croak (one stroke a call) and crickets (a whole
passage).
"""

from __future__ import annotations

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats
from aacbench.datasets.soundscapes.synthesis import (
    band,
    curve,
    decay,
    fades,
    modes,
    phase,
    place,
    read,
    samples,
    tone,
    wavetable,
)
from aacbench.datasets.soundscapes.voices.draw import Draw


def dog(draw: Draw, count: int) -> Floats:
    """A bark: a hoarse harmonic burst whose pitch jumps up and drops within a fifth of a second."""
    base = draw.timbre.uniform(330.0, 430.0) * draw.pitch * draw.live.uniform(0.96, 1.04)
    frequency = curve(count, (0.0, base * 0.8), (0.25, base * 1.3), (1.0, base * 0.6))
    throat = read(wavetable(0.5, 1.0, 0.9, 0.55, 0.3, 0.2, 0.1), phase(frequency, count))
    breath = band(draw.live, count, 1500.0 * draw.pitch, 11)
    return (throat + breath * 0.45) * fades(count, 0.02, 0.09)


def bird(draw: Draw, count: int) -> Floats:
    """A chirp: two or three whistled syllables that sweep through 2.5 to 5 kHz."""
    base = draw.timbre.uniform(2900.0, 3500.0) * draw.pitch
    syllables = draw.timbre.pick((2, 3))
    rising = draw.timbre.chance(0.5)
    length = count // syllables
    out = np.zeros(count)
    for number in range(syllables):
        sounding = round(length * 0.7)
        ends = (base * 0.85, base * 1.35) if rising else (base * 1.35, base * 0.85)
        sweep = curve(sounding, (0.0, ends[0]), (0.6, ends[1]), (1.0, ends[1] * 0.93))
        place(out, tone(sweep, sounding) * fades(sounding, 0.015, 0.03), number * length)
    return out


def cat(draw: Draw, count: int) -> Floats:
    """A meow: a long voiced glide up and down whose colour opens from "ee" to "ow"."""
    base = draw.timbre.uniform(480.0, 580.0) * draw.pitch
    frequency = curve(count, (0.0, base * 0.85), (0.35, base * 1.25), (1.0, base * 0.7))
    wobble = tone(draw.timbre.uniform(5.0, 7.0), count) * 0.02 + 1.0
    cycles = phase(frequency * wobble, count)
    closed = read(wavetable(0.8, 0.2, 0.1, 0.25, 0.7, 0.5), cycles)
    opened = read(wavetable(0.8, 1.0, 0.7, 0.2, 0.1), cycles)
    mix = curve(count, (0.0, 0.0), (0.45, 1.0), (1.0, 0.8))
    return (closed * (1.0 - mix) + opened * mix) * fades(count, 0.08, 0.2)


def frog(draw: Draw, count: int) -> Floats:
    """A croak: a train of damped pulses, forty a second, each ringing in the throat."""
    throat = draw.timbre.uniform(620.0, 820.0) * draw.pitch
    rate = draw.timbre.uniform(34.0, 46.0)
    pulse = modes(400, [(throat, 1.0, 0.006), (throat * 2.2, 0.7, 0.004)])
    out = np.zeros(count)
    spacing = samples(1.0 / rate)
    for start in range(0, count - spacing, spacing):
        place(out, pulse, start, draw.live.uniform(0.85, 1.0))
    return out * fades(count, 0.08, 0.1)


def cricket(draw: Draw, count: int) -> Floats:
    """Crickets: a thin tone near 4.5 kHz in chirps of three or four pulses, several chirps a second."""
    carrier = draw.timbre.uniform(4200.0, 4900.0)
    pulses = draw.timbre.pick((3, 4))
    period = samples(draw.timbre.uniform(0.3, 0.4) / draw.pace)
    length = samples(0.016)
    pulse = tone(carrier, length) * fades(length, 0.004, 0.008)
    shimmer = decay(length, 0.05)
    out = np.zeros(count)
    start = 0
    while start < count:
        for number in range(pulses):
            place(out, pulse * shimmer, start + number * samples(0.026), 0.6 + 0.4 * (number > 0))
        start += round(period * draw.live.uniform(0.95, 1.05))
    return out
