"""Noisy events, each a whole passage: rain, wind, crackling fire, thunder, applause."""

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
    modes,
    murmur,
    place,
    samples,
    smooth,
    sparse,
    wander,
)
from aacbench.datasets.soundscapes.voices.draw import Draw


def rain(draw: Draw, count: int) -> Floats:
    """Rain: an even hiss above 1 kHz under a patter of drops, each a short ringing bubble."""
    hiss = even(highpass(draw.live.noise(count), 9)) * 0.5
    drops = np.zeros(count)
    for start in sparse(draw.live, count, 45.0):
        pitch = draw.live.uniform(1400.0, 3800.0)
        place(drops, modes(160, [(pitch, 1.0, 0.003)]), start, draw.live.uniform(0.4, 1.8))
    return (hiss + drops) * fades(count, 0.3, 0.4)


def wind(draw: Draw, count: int) -> Floats:
    """A gust: a howling band that climbs and falls between 250 and 900 Hz as it swells."""
    swell = smooth(wander(draw.live, count, 0.25, 1.0, 0.7))
    centre = swell * draw.timbre.uniform(420.0, 560.0) + draw.timbre.uniform(240.0, 300.0)
    howl = band(draw.live, count, centre, 141)
    body = murmur(draw.live, count, 41)
    return (howl + body * 0.35) * (swell * 0.85 + 0.15) * fades(count, 0.4, 0.5)


def fire(draw: Draw, count: int) -> Floats:
    """A fire: irregular full-band snaps of very unlike strength over a soft low roar."""
    snaps = np.zeros(count)
    for start in sparse(draw.live, count, draw.timbre.uniform(13.0, 19.0)):
        strength = draw.live.unit()
        snap = draw.live.noise(200) * decay(200, draw.live.uniform(0.0008, 0.003))
        place(snaps, snap, start, strength * strength * 3.0 + 0.25)
    roar = murmur(draw.live, count, 61) * wander(draw.live, count, 0.04, 0.09, 0.3)
    return (snaps + roar) * fades(count, 0.05, 0.2)


def thunder(draw: Draw, count: int) -> Floats:
    """Thunder: a clap, then a rumble below 200 Hz that rolls and dies away."""
    rumble = murmur(draw.live, count, draw.timbre.pick((91, 105, 121)))
    roll = wander(draw.live, count, 0.3, 1.0, 0.25)
    fall = smooth(curve(count, (0.0, 0.35), (0.12, 1.0), (0.45, 0.7), (1.0, 0.0)))
    clap = murmur(draw.live, count, 13) * decay(count, 0.12)
    out = rumble * roll * fall
    place(out, clap, samples(draw.timbre.uniform(0.05, 0.12)), 0.8)
    return out * fades(count, 0.03, 0.3)


def applause(draw: Draw, count: int) -> Floats:
    """An audience: dozens of hands a second, each clap a short band at its own pitch, swelling."""
    out = np.zeros(count)
    hands = []
    for _ in range(12):
        clap = band(draw.live, 480, draw.live.uniform(900.0, 2300.0), 9) * decay(480, 0.008)
        hands.append(clap)
    for start in sparse(draw.live, count, 75.0):
        place(out, draw.live.pick(hands), start, draw.live.uniform(0.3, 1.0))
    bed = band(draw.live, count, 1500.0, 9) * 0.06
    return (out + bed) * fades(count, 0.35, 0.7)
