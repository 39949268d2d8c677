"""Student's t distribution, as far as tests and intervals want it (Abramowitz and Stegun 26.7; the incomplete beta
function by Lentz's continued fraction).
"""

from __future__ import annotations

import math

_TINY = 1e-300


def two_sided(t: float, freedom: float) -> float:
    """Return how likely a t of `freedom` degrees lies as far from zero as `t`."""
    if not math.isfinite(t):
        return 0.0
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def below(t: float, freedom: float) -> float:
    """Return how likely a t of `freedom` degrees is below `t`."""
    half = two_sided(t, freedom) / 2
    return half if t < 0 else 1 - half


def critical(level: float, freedom: float) -> float:
    """Return the t that is exceeded, to both sides together, with the chance 1 - `level`."""
    t = 0.0
    for _ in range(200):  # the tail falls ever slower, so Newton's steps never go too far
        step = (two_sided(t, freedom) - (1 - level)) / (2 * _density(t, freedom))
        t += step
        if step <= 1e-12 * t:
            break
    return t


def _density(t: float, freedom: float) -> float:
    front = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    return math.exp(front - (freedom + 1) / 2 * math.log1p(t * t / freedom))


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 500):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away_from_zero(1 + step * d)
            c = _away_from_zero(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
