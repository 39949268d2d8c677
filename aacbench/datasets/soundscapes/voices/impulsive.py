"""Impulsive events: door knock, hand clap, gunshot, glass clink (one stroke a call) and footsteps (a whole
walk).
"""

from __future__ import annotations

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats
from aacbench.datasets.soundscapes.synthesis import band, decay, fades, highpass, lowpass, modes, murmur, place, samples
from aacbench.datasets.soundscapes.voices.draw import Draw


def knock(draw: Draw, count: int) -> Floats:
    """Knuckles on wood: three low, quickly damped modes of a panel and a dull contact noise."""
    base = draw.timbre.uniform(130.0, 210.0) * draw.pitch
    panel = modes(count, [(base, 1.0, 0.045), (base * 2.1, 0.8, 0.035), (base * 3.7, 0.45, 0.022)])
    contact = lowpass(draw.live.noise(count), 7, 2) * decay(count, 0.006)
    return panel + contact * 1.5


def clap(draw: Draw, count: int) -> Floats:
    """Two palms: a wide band near 1.3 kHz in three bursts a few milliseconds apart."""
    centre = draw.timbre.uniform(1100.0, 1700.0) * draw.pitch
    out = np.zeros(count)
    burst = band(draw.live, count, centre, 9)
    for start, gain, fall in ((0.0, 0.6, 0.004), (0.009, 0.7, 0.004), (0.019, 1.0, 0.028)):
        place(out, burst * decay(count, fall), samples(start), gain)
    return out


def gunshot(draw: Draw, count: int) -> Floats:
    """A bang: full-band crack, a fast fall, and a rumble that lasts."""
    crack = draw.live.noise(count) * decay(count, draw.timbre.uniform(0.035, 0.07))
    width = 2 * round(draw.timbre.uniform(14, 24)) + 1
    rumble = murmur(draw.live, count, width) * decay(count, draw.timbre.uniform(0.16, 0.3))
    return crack * 1.4 + rumble * 0.7


def clink(draw: Draw, count: int) -> Floats:
    """Glasses that touch: high inharmonic modes that ring for a fraction of a second."""
    base = draw.timbre.uniform(2300.0, 3000.0) * draw.pitch
    ring = draw.timbre.uniform(0.12, 0.22)
    partials = [(1.0, 0.9, 1.0), (1.53, 0.8, 0.8), (2.19, 0.7, 0.6), (2.71, 0.5, 0.45)]
    body = modes(count, [(base * ratio, gain, ring * length) for ratio, gain, length in partials])
    return body + highpass(draw.live.noise(count), 5) * decay(count, 0.002) * 0.8


def footsteps(draw: Draw, count: int) -> Floats:
    """A walk: heel thuds, each with the grit of a sole a little later, left and right unlike."""
    out = np.zeros(count)
    period = samples(0.52 / draw.pace)
    thud = draw.timbre.uniform(75.0, 110.0)
    grit_centre = draw.timbre.uniform(2400.0, 3600.0)
    length = samples(0.22)
    start, left = 0, True
    while start + samples(0.1) < count:
        heel = modes(length, [(thud * (1.0 if left else 1.13), 1.6, 0.03)])
        grit = band(draw.live, length, grit_centre, 11) * fades(length, 0.03, 0.17)
        step = heel + grit * draw.live.uniform(0.25, 0.45)
        place(out, step, start, draw.live.uniform(0.8, 1.0))
        start += round(period * draw.live.uniform(0.94, 1.06))
        left = not left
    return out
