"""Is one system better than another, whichever seed it is trained from? Seeds and clips are both drawn at random.

Two systems are run from the same S seeds and scored on the same N clips. Their differences (S, N) follow a mixed model
without fixed effects but the mean: a seed's own part, a clip's own part, and the rest. The variance of the mean is
(MS of seeds + MS of clips - MS of the rest) / SN, its degrees of freedom are Satterthwaite's (1946), and the mean is
judged by Student's t (Searle, Casella and McCulloch 1992, chapter 4). A resampling of clips alone, which takes the
seeds that were run for all there are, calls two equal networks different far too often.

From one seed nothing can be learned of others: what seeds make out is then taken from the board's other systems
(`Pool`), and without those there is no p-value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacbench.errors import UserError
from aacbench.scoring.student import below, critical, two_sided

LEVEL = 0.95
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pool:
    """How much a system's score varies between seeds (variance), learned from others, with its degrees of freedom."""

    variance: float
    freedom: int


@dataclass(frozen=True, slots=True)
class Effect:
    """How far B is ahead of A, its 95 % interval, and the two-sided p-value of no difference between the systems.

    `p` is None, and the interval over clips alone, where nothing is known of other seeds.
    """

    difference: float
    low: float
    high: float
    p: float | None
    error: float
    freedom: float
    seeds: int
    clips: int

    def power(self, difference: float, level: float = LEVEL) -> float:
        """Return the chance that a true difference of this size would have been found."""
        if self.error == 0:
            return 1.0
        edge, shift = critical(level, self.freedom), abs(difference) / self.error
        return 1 - below(edge - shift, self.freedom) + below(-edge - shift, self.freedom)


def compare_systems(a: ArrayLike, b: ArrayLike, pool: Pool | None = None) -> Effect:
    """Compare two systems' scores (S, N) of S runs over the same N clips; run s of one is paired with run s of the
    other.

    Raises:
        UserError: shapes differ, fewer than two clips, or a score is not a number.
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.shape != right.shape or left.ndim != 2 or not len(left):
        raise UserError(f"runs are compared seed by seed and clip by clip; got {left.shape} and {right.shape} scores")
    if left.shape[1] < 2 or not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise UserError("comparing systems needs two clips and scores that are finite numbers")
    gaps = right - left
    seeds, clips = gaps.shape
    of_seeds, of_clips, rest = _mean_squares(gaps)
    parts = [(of_clips / gaps.size, clips - 1)]
    if seeds > 1:
        parts += [(of_seeds / gaps.size, seeds - 1), (-rest / gaps.size, (seeds - 1) * (clips - 1))]
    elif pool is not None:
        parts.append((2 * pool.variance, pool.freedom))
    return _effect(float(gaps.mean()), parts, seeds, clips, known=seeds > 1 or pool is not None)


def _effect(mean: float, parts: Sequence[tuple[float, int]], seeds: int, clips: int, known: bool) -> Effect:
    """Judge a mean whose variance is the sum of `parts`, each with its degrees of freedom."""
    variance = max(sum(part for part, _ in parts), *(part for part, _ in parts))
    if variance <= 0:  # every clip of every run differs by the same
        return Effect(mean, mean, mean, (1.0 if mean == 0 else 0.0) if known else None, 0.0, 1.0, seeds, clips)
    freedom = max(1.0, variance**2 / sum(part**2 / degrees for part, degrees in parts))
    error = math.sqrt(variance)
    half = critical(LEVEL, freedom) * error
    p = two_sided(mean / error, freedom) if known else None
    return Effect(mean, mean - half, mean + half, p, error, freedom, seeds, clips)


def _mean_squares(table: FloatArray) -> tuple[float, float, float]:
    """Return the mean squares of seeds, of clips and of the rest of a table (S, N); zero where there is nothing."""
    seeds, clips = table.shape
    grand, rows, columns = table.mean(), table.mean(1), table.mean(0)
    of_clips = seeds * float(((columns - grand) ** 2).sum()) / (clips - 1)
    if seeds == 1:
        return 0.0, of_clips, 0.0
    of_seeds = clips * float(((rows - grand) ** 2).sum()) / (seeds - 1)
    rest = float(((table - rows[:, None] - columns + grand) ** 2).sum()) / ((seeds - 1) * (clips - 1))
    return of_seeds, of_clips, rest


def pooled(systems: Iterable[ArrayLike]) -> Pool | None:
    """Return what seeds make out, from all systems' scores (S, N) that have several seeds; None where none has."""
    total, freedom = 0.0, 0
    for scores in systems:
        table = np.asarray(scores, np.float64)
        if table.ndim == 2 and table.shape[0] > 1 and table.shape[1] > 1:
            of_seeds, _, rest = _mean_squares(table)
            total += (of_seeds - rest) / table.shape[1] * (len(table) - 1)
            freedom += len(table) - 1
    return Pool(max(0.0, total / freedom), freedom) if freedom else None


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979), in the order given."""
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected
