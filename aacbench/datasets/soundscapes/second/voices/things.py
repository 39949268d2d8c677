"""Things: vehicles, what rings, and what is done at home or in a workshop."""

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
from aacbench.datasets.soundscapes.voices import Draw


def train(draw: Draw, count: int) -> Floats:
    """A train: a heavy rumble with pairs of clacks where rails are joined."""
    rumble = murmur(draw.live, count, 45) + band(draw.live, count, 420.0, 21) * 0.4
    joints = np.zeros(count)
    period = samples(draw.timbre.uniform(0.5, 0.62) / draw.pace)
    for start in range(0, count, period):
        for delay in (0.0, 0.11):
            clack = modes(900, [(draw.timbre.uniform(300.0, 306.0), 1.0, 0.012), (910.0, 0.6, 0.008)])
            place(joints, clack, start + samples(delay / draw.pace), draw.live.uniform(1.6, 2.4))
    return (rumble * 0.8 + joints) * fades(count, 0.3, 0.4)


def bicycle(draw: Draw, count: int) -> Floats:
    """A bicycle's bell: a thin metal cup struck twice in quick succession."""
    base = draw.timbre.uniform(1900.0, 2500.0) * draw.pitch
    cup = modes(count, [(base, 1.0, 0.12), (base * 1.51, 0.7, 0.09), (base * 2.63, 0.4, 0.05)])
    out = np.zeros(count)
    for number in range(4):
        place(out, cup, samples(0.045) * number, 1.0 - 0.15 * number)
    return out


def motorcycle(draw: Draw, count: int) -> Floats:
    """A motorcycle: uneven loud shots of an exhaust whose rate climbs and falls as it is revved."""
    rate = smooth(wander(draw.live, count, 0.0, 1.0, 0.6)) * 45.0 + draw.timbre.uniform(24.0, 34.0)
    cycles = phase(rate * draw.pitch, count)
    shots = read(wavetable(0.9, 1.0, 0.8, 0.9, 0.5, 0.6, 0.4, 0.5, 0.35, 0.4, 0.3, 0.25, 0.2, 0.2), cycles)
    beat = read(wavetable(0.5, 0.4), phase(rate * (draw.pitch * 0.5), count)) * 0.5 + 0.6
    hiss = band(draw.live, count, 1100.0, 9) * 0.5
    return (even(shots) + hiss) * beat * fades(count, 0.25, 0.35)


def foghorn(draw: Draw, count: int) -> Floats:
    """A ship: one long very low reedy tone."""
    base = draw.timbre.uniform(85.0, 125.0) * draw.pitch
    reed = wavetable(0.6, 1.0, 0.9, 0.8, 0.6, 0.5, 0.4, 0.25, 0.2, 0.1)
    swell = curve(count, (0.0, base * 0.97), (0.2, base), (0.9, base), (1.0, base * 0.95))
    return read(reed, phase(swell, count)) * fades(count, 0.12, 0.2)


def vacuum(draw: Draw, count: int) -> Floats:
    """A vacuum cleaner: rushing air under a whining motor that spins up."""
    spin = curve(count, (0.0, 0.5), (0.1, 1.0), (1.0, 1.0)) * wander(draw.live, count, 0.985, 1.015, 0.4)
    whine = read(
        wavetable(1.0, 0.5, 0.6, 0.3, 0.2), phase(spin * (draw.timbre.uniform(420.0, 560.0) * draw.pitch), count)
    )
    air = even(lowpass(draw.live.noise(count), 3))
    return (whine * 0.35 + air * 0.7) * fades(count, 0.15, 0.2)


def frying(draw: Draw, count: int) -> Floats:
    """A pan: bright sizzle that wavers, with pops of fat."""
    sizzle = even(highpass(draw.live.noise(count), 3)) * wander(draw.live, count, 0.35, 0.8, 0.12)
    pops = np.zeros(count)
    for start in sparse(draw.live, count, draw.timbre.uniform(9.0, 16.0)):
        pop = band(draw.live, 120, draw.live.uniform(2500.0, 5000.0), 5) * decay(120, 0.0012)
        place(pops, pop, start, draw.live.uniform(1.0, 3.0))
    return (sizzle + pops) * fades(count, 0.15, 0.25)


def telephone(draw: Draw, count: int) -> Floats:
    """An old telephone: two gongs hammered some twenty times a second."""
    base = draw.timbre.uniform(1250.0, 1600.0) * draw.pitch
    rate = draw.timbre.uniform(18.0, 24.0)
    hammer = tone(rate, count) * 0.3 + 0.7
    gongs = tone(base, count) + tone(base * 1.27, count) * 0.9 + tone(base * 2.76, count) * 0.3
    return gongs * hammer * fades(count, 0.01, 0.12)


def doorbell(draw: Draw, count: int) -> Floats:
    """A chime of two notes, the second a third lower."""
    base = draw.timbre.uniform(640.0, 780.0) * draw.pitch
    half = count // 2
    out = np.zeros(count)
    for note, start in ((base, 0), (base * 0.8, half)):
        length = count - start
        bar = modes(length, [(note, 1.0, 0.28), (note * 2.0, 0.25, 0.14), (note * 4.1, 0.12, 0.05)])
        place(out, bar * fades(length, 0.003, 0.08), start)
    return out


def slam(draw: Draw, count: int) -> Floats:
    """A door that is slammed: a latch click, then a heavy thud that rattles."""
    thud = draw.timbre.uniform(62.0, 95.0) * draw.pitch
    body = modes(count, [(thud, 1.6, 0.07), (thud * 1.8, 1.0, 0.05), (thud * 4.3, 0.5, 0.03)])
    bang = lowpass(draw.live.noise(count), 9) * decay(count, 0.025) * 2.0
    latch = highpass(draw.live.noise(200), 5) * decay(200, 0.002)
    rattle = band(draw.live, count, 900.0, 9) * decay(count, 0.06) * 0.3
    out = np.zeros(count)
    place(out, latch, 0, 0.7)
    place(out, body + bang + rattle, samples(0.03))
    return out


def hammer(draw: Draw, count: int) -> Floats:
    """A hammer on a nail: a bright metal ring with a dull blow into wood."""
    ring = draw.timbre.uniform(2600.0, 3600.0) * draw.pitch
    nail = modes(count, [(ring, 0.8, 0.018), (ring * 1.43, 0.6, 0.014), (ring * 1.9, 0.4, 0.01)])
    blow = modes(count, [(draw.timbre.uniform(170.0, 260.0), 1.3, 0.03)])
    return nail + blow + lowpass(draw.live.noise(count), 3) * decay(count, 0.004) * 1.3


def saw(draw: Draw, count: int) -> Floats:
    """A hand saw: strokes back and forth, each a rasp that brightens along the stroke."""
    out = np.zeros(count)
    period = samples(draw.timbre.uniform(0.3, 0.42) / draw.pace)
    push = True
    for start in range(0, count, period):
        length = min(round(period * 0.86), count - start)
        centre = curve(length, (0.0, 1200.0), (1.0, 2300.0)) if push else curve(length, (0.0, 1900.0), (1.0, 1000.0))
        teeth = tone(draw.timbre.uniform(88.0, 90.0), length) * 0.4 + 0.6
        rasp = band(draw.live, length, centre * draw.pitch, 5) * teeth * fades(length, 0.05, 0.06)
        place(out, rasp, start, 1.0 if push else 0.65)
        push = not push
    return out


def fireworks(draw: Draw, count: int) -> Floats:
    """A rocket: a whistle that climbs, a boom, and a crackle that falls apart."""
    rise = count // 3
    whistle = tone(curve(rise, (0.0, 1100.0 * draw.pitch), (1.0, 2600.0 * draw.pitch)), rise) * fades(rise, 0.05, 0.05)
    rest = count - rise
    boom = murmur(draw.live, rest, 25) * decay(rest, 0.1) * 1.6
    crackle = np.zeros(rest)
    for start in sparse(draw.live, rest, 60.0):
        place(crackle, draw.live.noise(90) * decay(90, 0.001), start, draw.live.uniform(0.3, 1.2))
    fall = smooth(curve(rest, (0.0, 0.0), (0.15, 1.0), (1.0, 0.0)))
    out = np.zeros(count)
    place(out, whistle, 0, 0.35)
    place(out, boom + crackle * fall, rise)
    return out
