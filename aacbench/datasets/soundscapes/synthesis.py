"""Signals from exactly rounded operations only, so that every platform renders the same samples.

Allowed: + - * / and square root of doubles in separate calls (no fused multiply-add), comparisons, rounding,
integer arithmetic, sequential accumulation, table look-ups. Not used: library sine, exponential or logarithm,
FFT, dot products, float sums (their order of addition is the library's choice), `np.interp` (compilers may
fuse its inner loop).

Frequencies are in Hz, times in seconds, signals float64 arrays of shape (samples,) at 16 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from aacbench.datasets.soundscapes.randomness import Floats, Integers, Stream

RATE = 16_000

_TABLE_BITS = 14
_PHASE_BITS = 40  # a phase is an integer, one cycle is 2**40; int64 sums of it stay exact
_FIXED = 1 << 24
_PI = 3.141592653589793
_SILENT_AFTER = 30.0  # time constants: a decay ends before its products become subnormal numbers


def samples(seconds: float) -> int:
    """Return a time as a number of samples."""
    return round(seconds * RATE)


@cache
def sine_table() -> Floats:
    """Return one cycle of a sine, shape (2**14,), by its Taylor polynomial on a quarter cycle (error below
    1e-11).
    """
    quarter = 1 << (_TABLE_BITS - 2)
    angle = np.arange(quarter + 1, dtype=np.int64).astype(np.float64) * (0.5 * _PI / quarter)
    square = angle * angle
    value = np.ones_like(angle)
    for order in range(16, 0, -2):
        value = 1.0 - value * (square / float(order * (order + 1)))
    rising = angle * value
    half = np.concatenate((rising, rising[-2:0:-1]))
    return np.concatenate((half, -half))


@cache
def wavetable(*gains: float) -> Floats:
    """Return one cycle, shape (2**14,), of a sum of harmonics with the given gains, the first at the
    fundamental.
    """
    index = np.arange(1 << _TABLE_BITS, dtype=np.int64)
    cycle: Floats = np.zeros(1 << _TABLE_BITS)
    for harmonic, gain in enumerate(gains, start=1):
        cycle = cycle + sine_table()[(index * harmonic) & ((1 << _TABLE_BITS) - 1)] * gain
    return cycle


def phase(frequency: float | Floats, count: int, start: float = 0.0) -> Integers:
    """Return the integer phase of `count` samples at a constant or varying frequency; `start` in cycles."""
    step = np.rint(np.asarray(frequency, dtype=np.float64) * ((1 << _PHASE_BITS) / RATE)).astype(np.int64)
    offset = round(start * (1 << _PHASE_BITS))
    if step.ndim == 0:
        return np.arange(1, count + 1, dtype=np.int64) * step + offset
    return np.cumsum(step[:count], dtype=np.int64) + offset


def read(table: Floats, phases: Integers) -> Floats:
    """Read a table of one cycle at integer phases."""
    index = (phases >> (_PHASE_BITS - _TABLE_BITS)) & ((1 << _TABLE_BITS) - 1)
    values: Floats = table[index]
    return values


def tone(frequency: float | Floats, count: int, start: float = 0.0) -> Floats:
    """Return a sine of constant or varying frequency."""
    return read(sine_table(), phase(frequency, count, start))


def curve(count: int, *points: tuple[float, float]) -> Floats:
    """Return straight lines through (place, value) points; places rise from 0 to 1 over all samples."""
    line = np.full(count, points[-1][1])
    for (fraction, value), (next_place, next_value) in pairwise(points):
        first, last = round(fraction * count), round(next_place * count)
        if last > first:
            slope = (next_value - value) / (last - first)
            line[first:last] = np.arange(last - first, dtype=np.int64).astype(np.float64) * slope + value
    return line


def wander(stream: Stream, count: int, low: float, high: float, every: float) -> Floats:
    """Return a curve that moves in straight lines between random values drawn each `every` seconds."""
    knots = max(2, round(count / (RATE * every)) + 1)
    return curve(count, *((knot / (knots - 1), stream.uniform(low, high)) for knot in range(knots)))


def decay(count: int, time_constant: float) -> Floats:
    """Return an exponential decay from 1 by repeated multiplication: it falls to 1/e in `time_constant`
    seconds.
    """
    active = min(count, round(time_constant * RATE * _SILENT_AFTER))
    factors = np.full(active, 1.0 - 1.0 / (time_constant * RATE))
    factors[:1] = 1.0
    out = np.zeros(count)
    out[:active] = np.multiply.accumulate(factors)
    return out


def smooth(ramp: Floats) -> Floats:
    """Return 3x^2 - 2x^3 of values in [0, 1]: a ramp without corners."""
    return (ramp * ramp) * (3.0 - 2.0 * ramp)


def fades(count: int, rise: float, fall: float) -> Floats:
    """Return an envelope that rises from 0 in `rise` seconds, holds 1 and falls to 0 in `fall` seconds."""
    attack = min(samples(rise), count // 2) / max(count, 1)
    release = min(samples(fall), count // 2) / max(count, 1)
    return smooth(curve(count, (0.0, 0.0), (attack, 1.0), (1.0 - release, 1.0), (1.0, 0.0)))


def lowpass(signal: Floats, width: int, passes: int = 1) -> Floats:
    """Return the signal after centred moving means over `width` samples (odd): its first zero is at 16000 /
    width Hz.
    """
    half, count = width // 2, len(signal)
    share = round((1 << 24) / width)
    fixed = np.rint(signal * _FIXED).astype(np.int64)
    for _ in range(passes):
        total = np.zeros(count + 2 * half + 2, dtype=np.int64)
        np.cumsum(fixed, out=total[half + 1 : half + 1 + count])
        total[half + 1 + count :] = total[half + count]
        fixed = ((total[2 * half + 1 :] - total[: count + 1])[:count] * share) >> 24
    return fixed.astype(np.float64) * (1.0 / _FIXED)


def murmur(stream: Stream, count: int, width: int) -> Floats:
    """Return low noise of root mean square 1: straight lines between random values every `width` samples.

    Its spectrum is that of white noise after two moving means over `width` samples, at a fraction of the
    work.
    """
    knots = stream.noise(count // width + 2) * 2.1213203435596424
    slopes = (knots[1:] - knots[:-1]) * (1.0 / width)
    within = np.arange(width, dtype=np.int64).astype(np.float64)
    lines = slopes[:, None] * within[None, :] + knots[:-1, None]
    return lines.reshape(-1)[:count]


def highpass(signal: Floats, width: int) -> Floats:
    """Return the signal less its moving mean over `width` samples (odd)."""
    return signal - lowpass(signal, width)


def level(signal: Floats) -> float:
    """Return the root mean square; squares are summed as integers, whose sum does not depend on order."""
    if not len(signal):
        return 0.0
    top = float(np.max(np.abs(signal)))
    if top == 0.0:
        return 0.0
    fixed = np.rint(signal * ((1 << 20) / top)).astype(np.int64)
    mean = int(np.sum(fixed * fixed)) / len(fixed)
    return float(np.sqrt(mean)) * top / (1 << 20)


def even(signal: Floats) -> Floats:
    """Return the signal scaled to a root mean square of 1 (silence stays silent)."""
    root = level(signal)
    return signal / root if root > 0.0 else signal


def band(stream: Stream, count: int, centre: float | Floats, width: int) -> Floats:
    """Return noise of root mean square 1 around a constant or varying centre: low noise times a tone."""
    return murmur(stream, count, width) * tone(centre, count, stream.unit()) * 1.4142135623730951


def modes(count: int, partials: Sequence[tuple[float, float, float]]) -> Floats:
    """Return a struck body: a sum of decaying tones, each (frequency, gain, time constant)."""
    total = np.zeros(count)
    for frequency, gain, time_constant in partials:
        if frequency < 0.48 * RATE:
            total = total + tone(frequency, count) * (decay(count, time_constant) * gain)
    return total


def place(out: Floats, signal: Floats, start: int, gain: float = 1.0) -> None:
    """Add a signal into `out` from sample `start` on; what lies beyond the end is dropped."""
    stop = min(len(out), start + len(signal))
    if 0 <= start < stop:
        out[start:stop] = out[start:stop] + signal[: stop - start] * gain


def sparse(stream: Stream, count: int, rate: float) -> list[int]:
    """Return ascending random sample positions, on average `rate` a second, gaps uniform within 0 to twice
    the mean.
    """
    starts: list[int] = []
    position = stream.uniform(0.0, 2.0) / rate
    while samples(position) < count:
        starts.append(samples(position))
        position += stream.uniform(0.02, 1.98) / rate
    return starts
