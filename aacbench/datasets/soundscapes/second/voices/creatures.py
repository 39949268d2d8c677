"""Animals: sheep, cow, rooster, duck, horse, owl, crow, bee, wolf and woodpecker."""

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
    smooth,
    tone,
    wander,
    wavetable,
)
from aacbench.datasets.soundscapes.voices import Draw


def sheep(draw: Draw, count: int) -> Floats:
    """A bleat: a nasal voice that trembles eight times a second."""
    base = draw.timbre.uniform(300.0, 400.0) * draw.pitch
    line = curve(count, (0.0, base), (0.2, base * 1.1), (1.0, base * 0.85))
    tremble = tone(draw.timbre.uniform(7.0, 10.0), count)
    voice = read(wavetable(0.4, 0.6, 1.0, 0.8, 0.9, 0.5, 0.4, 0.3), phase(line * (tremble * 0.05 + 1.0), count))
    return voice * (tremble * 0.35 + 0.65) * fades(count, 0.05, 0.12)


def cow(draw: Draw, count: int) -> Floats:
    """A moo: a long low voice that opens slowly and sinks at its end."""
    base = draw.timbre.uniform(120.0, 165.0) * draw.pitch
    line = curve(count, (0.0, base * 0.85), (0.3, base * 1.15), (0.75, base * 1.1), (1.0, base * 0.8))
    cycles = phase(line, count)
    closed = read(wavetable(1.0, 0.5, 0.2, 0.1), cycles)
    opened = read(wavetable(0.7, 0.9, 1.0, 0.7, 0.5, 0.4, 0.25, 0.15), cycles)
    mix = curve(count, (0.0, 0.0), (0.5, 1.0), (1.0, 0.5))
    return (closed * (1.0 - mix) + opened * mix) * fades(count, 0.1, 0.2)


def rooster(draw: Draw, count: int) -> Floats:
    """A crow: three short notes and a long harsh one that rises and sinks."""
    base = draw.timbre.uniform(520.0, 660.0) * draw.pitch
    points = ((0.0, base), (0.1, base * 1.2), (0.25, base * 1.1), (0.4, base * 1.5), (0.7, base * 1.45), (1.0, base))
    gaps = ((0.0, 0.0), (0.03, 1.0), (0.13, 0.1), (0.17, 1.0), (0.27, 0.1), (0.33, 1.0), (0.8, 0.9), (1.0, 0.0))
    cycles = phase(curve(count, *points) * wander(draw.live, count, 0.98, 1.02, 0.03), count)
    return read(wavetable(0.8, 1.0, 0.7, 0.6, 0.4, 0.2), cycles) * smooth(curve(count, *gaps))


def duck(draw: Draw, count: int) -> Floats:
    """A quack: a short rasping voice with strong overtones and a falling end."""
    base = draw.timbre.uniform(210.0, 270.0) * draw.pitch
    cycles = phase(curve(count, (0.0, base * 1.1), (0.5, base), (1.0, base * 0.75)), count)
    rasp = read(wavetable(0.2, 0.4, 0.6, 0.9, 1.0, 0.9, 0.8, 0.7, 0.5, 0.4, 0.3), cycles)
    return (rasp + band(draw.live, count, 1250.0 * draw.pitch, 13) * 0.3) * fades(count, 0.015, 0.07)


def hooves(draw: Draw, count: int) -> Floats:
    """A horse that trots: pairs of hollow knocks on a hard road."""
    out = np.zeros(count)
    period = samples(draw.timbre.uniform(0.3, 0.36) / draw.pace)
    hollow = draw.timbre.uniform(520.0, 760.0)
    for number, start in enumerate(range(0, count - samples(0.08), period)):
        for beat, delay in enumerate((0, round(period * draw.timbre.uniform(0.4, 0.46)))):
            ring = hollow * (1.0 + 0.09 * beat + 0.03 * (number % 2))
            knock = modes(1400, [(ring, 1.0, 0.014), (ring * 2.4, 0.5, 0.007)])
            place(out, knock, start + delay, draw.live.uniform(0.7, 1.0))
    return out


def owl(draw: Draw, count: int) -> Floats:
    """A hoot: one short and one long soft tone near 350 Hz."""
    base = draw.timbre.uniform(310.0, 400.0) * draw.pitch
    line = curve(count, (0.0, base * 0.95), (0.3, base), (0.55, base * 1.04), (1.0, base * 0.93))
    shape = smooth(curve(count, (0.0, 0.0), (0.08, 0.8), (0.2, 0.7), (0.28, 0.0), (0.36, 0.0), (0.5, 1.0), (1.0, 0.0)))
    return (read(wavetable(1.0, 0.12, 0.05), phase(line, count)) + band(draw.live, count, base, 61) * 0.08) * shape


def crow(draw: Draw, count: int) -> Floats:
    """A caw: a hoarse burst, half voice and half noise near 1.4 kHz."""
    base = draw.timbre.uniform(440.0, 540.0) * draw.pitch
    rough = wander(draw.live, count, 0.9, 1.1, 0.008)
    cycles = phase(curve(count, (0.0, base), (0.4, base * 1.12), (1.0, base * 0.85)) * rough, count)
    voice = read(wavetable(0.5, 0.8, 1.0, 0.9, 0.6, 0.3), cycles)
    return (voice + band(draw.live, count, 1450.0 * draw.pitch, 9) * 0.6) * fades(count, 0.04, 0.1)


def bee(draw: Draw, count: int) -> Floats:
    """A bee: a buzz near 220 Hz that comes, wavers and goes."""
    base = draw.timbre.uniform(190.0, 250.0) * draw.pitch
    line = wander(draw.live, count, base * 0.9, base * 1.12, 0.3)
    near = smooth(wander(draw.live, count, 0.25, 1.0, 0.5))
    wings = read(wavetable(1.0, 0.8, 0.7, 0.5, 0.45, 0.35, 0.3, 0.2, 0.15, 0.1), phase(line, count))
    return wings * near * fades(count, 0.3, 0.3)


def wolf(draw: Draw, count: int) -> Floats:
    """A howl: a long voice that climbs, holds and sinks."""
    base = draw.timbre.uniform(330.0, 430.0) * draw.pitch
    points = ((0.0, base * 0.7), (0.25, base * 1.25), (0.65, base * 1.2), (1.0, base * 0.75))
    line = curve(count, *points) * (tone(5.0, count) * 0.012 + 1.0)
    return read(wavetable(1.0, 0.45, 0.2, 0.1, 0.05), phase(line, count)) * fades(count, 0.2, 0.4)


def woodpecker(draw: Draw, count: int) -> Floats:
    """A drum roll of a woodpecker: some twenty knocks a second on a dry trunk, growing softer."""
    out = np.zeros(count)
    trunk = draw.timbre.uniform(850.0, 1250.0) * draw.pitch
    period = samples(1.0 / draw.timbre.uniform(17.0, 23.0))
    knock = modes(700, [(trunk, 1.0, 0.008), (trunk * 1.7, 0.6, 0.005)])
    fall = decay(count, 0.45)
    for start in range(0, count - period, period):
        place(out, knock, start, float(fall[start]) * draw.live.uniform(0.85, 1.0))
    return out
