"""Water: a running faucet, a stream, and drops."""

from __future__ import annotations

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats
from aacbench.datasets.soundscapes.synthesis import (
    band,
    curve,
    decay,
    even,
    fades,
    highpass,
    lowpass,
    modes,
    phase,
    place,
    read,
    sine_table,
    sparse,
    wander,
)
from aacbench.datasets.soundscapes.voices import Draw


def faucet(draw: Draw, count: int) -> Floats:
    """A faucet: a steady hiss that drums on the basin."""
    jet = even(highpass(lowpass(draw.live.noise(count), 3), 15))
    basin = band(draw.live, count, draw.timbre.uniform(700.0, 1100.0), 11) * wander(draw.live, count, 0.4, 0.7, 0.1)
    return (jet * 0.8 + basin) * fades(count, 0.08, 0.12)


def brook(draw: Draw, count: int) -> Floats:
    """A stream: many bubbles that each rise in pitch, over soft rushing."""
    out = np.zeros(count)
    for start in sparse(draw.live, count, 38.0):
        length = round(draw.live.uniform(500.0, 1300.0))
        low = draw.live.uniform(420.0, 1300.0)
        bubble = read(sine_table(), phase(curve(length, (0.0, low), (1.0, low * 1.35)), length))
        place(out, bubble * fades(length, 0.006, 0.03), start, draw.live.uniform(0.2, 1.0))
    return (out + band(draw.live, count, 800.0, 9) * 0.35) * fades(count, 0.3, 0.3)


def drop(draw: Draw, count: int) -> Floats:
    """A drop into water: a tick, then a short tone that slides up."""
    base = draw.timbre.uniform(700.0, 1150.0) * draw.pitch
    line = curve(count, (0.0, base), (0.4, base * 1.6), (1.0, base * 1.7))
    plop = read(sine_table(), phase(line, count)) * decay(count, 0.035)
    return plop + modes(count, [(base * 3.1, 0.3, 0.004)])
