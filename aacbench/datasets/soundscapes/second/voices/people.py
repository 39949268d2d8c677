"""People: speech, laughter, cough, baby cry, whistling and typing."""

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
    samples,
    smooth,
    sparse,
    tone,
    wander,
    wavetable,
)
from aacbench.datasets.soundscapes.voices import Draw

_VOWELS = (
    wavetable(0.7, 0.9, 0.5, 0.3, 0.5, 0.6, 0.3, 0.15, 0.08),
    wavetable(1.0, 0.6, 0.2, 0.1, 0.05, 0.04, 0.1, 0.2, 0.2, 0.1),
    wavetable(1.0, 0.9, 0.35, 0.1, 0.05, 0.03),
    wavetable(0.6, 0.8, 0.9, 0.6, 0.3, 0.15, 0.1, 0.2, 0.15),
)


def speech(draw: Draw, count: int) -> Floats:
    """Speech: syllables of a voice whose pitch falls over each phrase, vowel after vowel, some begun by a hiss."""
    base = draw.timbre.uniform(105.0, 190.0) * draw.pitch
    frequency = wander(draw.live, count, base * 0.85, base * 1.2, 0.25)
    cycles = phase(frequency, count)
    hiss = highpass(draw.live.noise(count), 5)
    out = np.zeros(count)
    start = 0
    while start < count:
        length = samples(draw.live.uniform(0.11, 0.24) / draw.pace)
        stop = min(count, start + length)
        syllable = read(draw.live.pick(_VOWELS), cycles[start:stop]) * fades(stop - start, 0.03, 0.05)
        place(out, syllable, start, draw.live.uniform(0.5, 1.0))
        if draw.live.chance(0.4):
            consonant = samples(0.06)
            place(out, hiss[:consonant] * fades(consonant, 0.015, 0.02), start, draw.live.uniform(0.2, 0.5))
        start = stop + samples(draw.live.uniform(0.18, 0.4) if draw.live.chance(0.15) else 0.015)
    return out


def laughter(draw: Draw, count: int) -> Floats:
    """Laughter: "ha" after "ha", five a second, each a breathy voiced burst, falling in pitch along a bout."""
    base = draw.timbre.uniform(190.0, 320.0) * draw.pitch
    period = samples(draw.timbre.uniform(0.17, 0.22) / draw.pace)
    length = round(period * 0.62)
    out = np.zeros(count)
    bout = draw.live.pick((5, 6, 7, 8))
    for number, start in enumerate(range(0, count - length, period)):
        along = number % (bout + 2)
        if along >= bout:
            continue
        pitch = base * (1.25 - 0.06 * along)
        voiced = read(_VOWELS[0], phase(curve(length, (0.0, pitch), (1.0, pitch * 0.88)), length))
        breath = band(draw.live, length, 1700.0, 9) * 0.35
        place(out, (voiced + breath) * fades(length, 0.02, 0.06), start, 1.0 - 0.07 * along)
    return out


def cough(draw: Draw, count: int) -> Floats:
    """A cough: a burst of breath through the throat, then a short hoarse tail."""
    burst = even(lowpass(draw.live.noise(count), 3)) * decay(count, 0.045)
    throat = band(draw.live, count, draw.timbre.uniform(480.0, 820.0) * draw.pitch, 21) * decay(count, 0.09)
    hoarse = read(_VOWELS[3], phase(draw.timbre.uniform(130.0, 220.0) * draw.pitch, count))
    return (burst + throat * 1.1 + hoarse * smooth(curve(count, (0.0, 0.0), (0.3, 0.5), (1.0, 0.0)))) * fades(
        count, 0.01, 0.1
    )


def baby(draw: Draw, count: int) -> Floats:
    """A baby: wails of about a second that rise and fall near 450 Hz, with gasps between them."""
    base = draw.timbre.uniform(400.0, 520.0) * draw.pitch
    out = np.zeros(count)
    start = 0
    while start < count - samples(0.2):
        length = min(count - start, samples(draw.live.uniform(0.6, 1.0)))
        line = curve(length, (0.0, base * 0.8), (0.2, base * 1.2), (0.7, base * 1.1), (1.0, base * 0.75))
        wobble = tone(draw.live.uniform(7.0, 10.0), length) * 0.025 + 1.0
        wail = read(wavetable(0.6, 1.0, 0.8, 0.7, 0.4, 0.3, 0.15), phase(line * wobble, length))
        place(out, wail * fades(length, 0.08, 0.15), start)
        start += length + samples(draw.live.uniform(0.15, 0.3))
    return out


def whistling(draw: Draw, count: int) -> Floats:
    """A person who whistles a tune: a pure tone, with breath, that steps and slides from note to note."""
    base = draw.timbre.uniform(900.0, 1250.0) * draw.pitch
    steps = (1.0, 1.125, 1.25, 1.333, 1.5, 1.667)
    notes = max(2, round(count / samples(0.32 / draw.pace)))
    points: list[tuple[float, float]] = []
    for number in range(notes):
        note = base * draw.live.pick(steps)
        points += [((number + 0.02) / notes, note), ((number + 0.88) / notes, note)]
    line = curve(count, (0.0, points[0][1]), *points, (1.0, points[-1][1]))
    breath = band(draw.live, count, line, 21) * 0.06
    return (tone(line, count) + breath) * wander(draw.live, count, 0.55, 1.0, 0.16) * fades(count, 0.05, 0.1)


def typing(draw: Draw, count: int) -> Floats:
    """Typing: clicks of keys, six to nine a second, each a press and a softer release, and now and then a space bar."""
    out = np.zeros(count)
    body = draw.timbre.uniform(1500.0, 2400.0)
    for start in sparse(draw.live, count, draw.timbre.uniform(6.0, 9.0) * draw.pace):
        wide = draw.live.chance(0.15)
        click = highpass(draw.live.noise(160), 5) * decay(160, 0.0018)
        place(out, click, start, draw.live.uniform(0.6, 1.2))
        place(out, modes(400, [(body * (0.5 if wide else 1.0), 0.8, 0.005)]), start, draw.live.uniform(0.5, 1.0))
        place(out, click, start + samples(0.055), 0.3)
    return out
