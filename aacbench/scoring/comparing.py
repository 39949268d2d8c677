"""Two outputs of systems, or more, on the same clips: the statistic that is reported is the one that is tested.

A corpus score that comes from summed statistics (BLEU, METEOR) is computed anew from the sums of each resample, as its
interval is; of the others the mean over clips is compared. What is told is of these outputs, not of other seeds: for
that see `scoring.seeds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from aacbench.errors import UserError
from aacbench.scoring.resampling import Comparison, compare_items, compare_sums
from aacbench.scoring.seeds import holm
from aacbench.scoring.systems import System, aligned


def compare_pair(a: System, b: System, metric: str, resamples: int = 10_000, seed: int = 0) -> Comparison:
    """Compare two systems in one metric; `b` is in the order of `a`'s clips (`systems.aligned`).

    Raises:
        UserError: as `compare_items`.
    """
    mine, theirs = a.statistics.get(metric), b.statistics.get(metric)
    if mine is None or theirs is None:
        return compare_items(a.scores[metric], b.scores[metric], resamples, seed)
    return compare_sums(mine.values, theirs.values, lambda sums: mine.scores(sums), resamples, seed)


@dataclass(frozen=True)
class Matrix:
    """Every pair of several systems in one metric: `pairs[i, j]` with i < j is system j less system i.

    p-values are corrected for the number of pairs (Holm 1979).
    """

    metric: str
    systems: tuple[System, ...]
    pairs: dict[tuple[int, int], Comparison]

    def between(self, i: int, j: int) -> Comparison:
        """Return system j less system i, in either order."""
        if (i, j) in self.pairs:
            return self.pairs[i, j]
        pair = self.pairs[j, i]
        return replace(pair, a=pair.b, b=pair.a, difference=-pair.difference, low=-pair.high, high=-pair.low)


def compare_all(systems: Sequence[System], metric: str, resamples: int = 10_000, seed: int = 0) -> Matrix:
    """Compare all pairs of two or more systems in one metric that all have.

    Raises:
        UserError: fewer than two systems, one lacks the metric, or they are not of the same clips.
    """
    if len(systems) < 2:
        raise UserError("comparing wants two systems or more")
    first, *others = systems
    same = [first]
    for other in others:
        names, ordered = aligned(first, other)
        if metric not in names:
            raise UserError(f"{metric} is not in both {first.path} and {other.path}")
        same.append(ordered)
    pairs = {
        (i, j): compare_pair(same[i], same[j], metric, resamples, seed) for i, j in combinations(range(len(same)), 2)
    }
    boot = holm([pair.p_bootstrap for pair in pairs.values()])
    random = holm([pair.p_randomisation for pair in pairs.values()])
    corrected = {
        where: replace(pair, p_bootstrap=boot[at], p_randomisation=random[at])
        for at, (where, pair) in enumerate(pairs.items())
    }
    return Matrix(metric, tuple(same), corrected)


def order(matrix: Matrix) -> list[int]:
    """Return the systems' numbers, the highest score first."""
    values = [0.0] * len(matrix.systems)
    for (i, j), pair in matrix.pairs.items():
        values[i], values[j] = pair.a, pair.b
    return [int(number) for number in np.argsort([-value for value in values], kind="stable")]
