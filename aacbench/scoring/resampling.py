"""Bootstrap confidence intervals, paired bootstrap and approximate randomisation over clips.

A resample draws N clips with replacement from the N scored. Metrics whose corpus score comes from summed
statistics (BLEU, METEOR) are recomputed from the sums of the drawn clips; for the others the corpus score is
the mean of the items. CIDEr-D's document frequencies stay those of the whole set. Sources: Koehn 2004
(bootstrap for evaluation), Noreen 1989 and Riezler & Maxwell 2005 (approximate randomisation). Results
depend on the seed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacbench.errors import UserError
from aacbench.scoring.report import Interval
from aacbench.types import Score, ScoringItems

FloatArray = NDArray[np.float64]
_CHUNK = 256  # resamples at once: bounds memory at 256 x N numbers
_KEPT = 1 << 21  # draws of so many numbers (16 MB) are kept: a board compares many pairs on the same clips


@runtime_checkable
class Summed(Protocol):
    """A metric whose corpus score comes from statistics summed over items."""

    def statistics(self, items: ScoringItems) -> FloatArray:
        """Return the statistics (N, S) of N items."""
        ...

    def from_statistics(self, statistics: FloatArray) -> FloatArray:
        """Return the scores (R, outputs) of R rows of summed statistics (R, S)."""
        ...


def intervals(
    metric: object,
    items: ScoringItems,
    scores: list[Score],
    resamples: int,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Return a percentile interval for each of a metric's scores that has values per item.

    Raises:
        UserError: fewer than 100 resamples.
    """
    if resamples < 100:
        raise UserError(f"a 95 % interval needs at least 100 resamples; got {resamples}")
    with_items = [score for score in scores if score.items is not None]
    if not with_items:
        return {}
    summed = isinstance(metric, Summed)
    if isinstance(metric, Summed):
        statistics = metric.statistics(items)
        draws = [metric.from_statistics(counts @ statistics) for counts in _draws(len(items), resamples, seed)]
        values = np.concatenate(draws)[:, [scores.index(score) for score in with_items]]
    else:
        table = np.array([score.items for score in with_items]).T  # (items, scores)
        values = np.concatenate([counts @ table / len(items) for counts in _draws(len(items), resamples, seed)])
    edges = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {
        score.name: Interval(
            float(low), float(high), level, resamples, not summed and abs(_mean(score) - score.corpus) > 1e-9
        )
        for score, low, high in zip(with_items, edges[0], edges[1], strict=True)
    }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same clips: means over clips, the interval of B - A, and two-sided p-values of no
    difference."""

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_bootstrap: float
    p_randomisation: float
    items: int
    resamples: int


def compare_items(a: ArrayLike, b: ArrayLike, resamples: int = 10_000, seed: int = 0) -> Comparison:
    """Compare two systems' scores of the same N clips.

    The bootstrap p-value is the share of resampled differences that lie at least as far from the observed
    one as that lies from zero; randomisation swaps the systems' scores clip by clip at random. Both count
    the observed case, so that no p-value is zero.

    Raises:
        UserError: lengths differ, fewer than two clips, fewer than 100 resamples, or a score is not a number.
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise UserError(f"the systems are compared clip by clip; got {left.shape} and {right.shape} scores")
    return compare_runs(left[None], right[None], resamples, seed)


def compare_runs(a: ArrayLike, b: ArrayLike, resamples: int = 10_000, seed: int = 0) -> Comparison:
    """Compare two systems' scores (S, N) of S runs over the same N clips; run s of one is paired with run s of the
    other (equal seeds).

    As `compare_items`, but the bootstrap draws clips and runs, so that its p-value and interval hold for other seeds
    too; with one run it is over clips alone. Randomisation swaps a clip's scores in all runs at once.

    Raises:
        UserError: shapes differ, fewer than two clips, fewer than 100 resamples, or a score is not a number.
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.shape != right.shape or left.ndim != 2 or not len(left):
        raise UserError(f"runs are compared seed by seed and clip by clip; got {left.shape} and {right.shape} scores")
    runs, clips = left.shape
    if clips < 2 or resamples < 100:
        raise UserError(f"comparing needs two clips and 100 resamples; got {clips} and {resamples}")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise UserError("a per-clip score is not a finite number; systems cannot be compared on it")
    gaps = right - left  # (runs, clips)
    observed = float(gaps.mean())
    slack = 1e-12 * max(1.0, float(np.abs(gaps).max()))
    times = _runs_drawn(runs, resamples, seed)  # (resamples, runs)
    per_run = np.concatenate([counts @ gaps.T for counts in _draws(clips, resamples, seed)])  # (resamples, runs)
    drawn = (per_run * times).sum(1) / gaps.size
    swapped = np.concatenate([signs @ gaps.sum(0) / gaps.size for signs in _signs(clips, resamples, seed)])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Comparison(
        a=float(left.mean()),
        b=float(right.mean()),
        difference=observed,
        low=float(low),
        high=float(high),
        p_bootstrap=_p_value(np.abs(drawn - observed) >= abs(observed) - slack),
        p_randomisation=_p_value(np.abs(swapped) >= abs(observed) - slack),
        items=clips,
        resamples=resamples,
    )


def _p_value(as_extreme: NDArray[np.bool_]) -> float:
    return (1 + int(as_extreme.sum())) / (1 + len(as_extreme))


def _mean(score: Score) -> float:
    return float(np.mean(score.items or (np.nan,)))


def _draws(n: int, resamples: int, seed: int) -> Iterable[FloatArray]:
    """Yield how often each of n items is drawn, (up to 256, n) at a time, `resamples` rows in all."""
    return (_kept_counts if n * resamples <= _KEPT else _counts)(n, resamples, seed)


def _signs(n: int, resamples: int, seed: int) -> Iterable[FloatArray]:
    """Yield 1 or -1 for each of n items, as `_draws`."""
    return (_kept_coins if n * resamples <= _KEPT else _coins)(n, resamples, seed)


def _counts(n: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    generator = np.random.default_rng([seed, 1])
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        drawn = generator.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def _runs_drawn(runs: int, resamples: int, seed: int) -> FloatArray:
    """Return how often each run is drawn (resamples, runs); ones where there is nothing to draw."""
    if runs == 1:
        return np.ones((resamples, 1))
    drawn = np.random.default_rng([seed, 3]).integers(runs, size=(resamples, runs))
    counts: FloatArray = (drawn[:, :, None] == np.arange(runs)).sum(1).astype(np.float64)
    return counts


def _coins(n: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    generator = np.random.default_rng([seed, 2])
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        yield generator.integers(2, size=(rows, n)).astype(np.float64) * 2 - 1


@lru_cache(maxsize=1)
def _kept_counts(n: int, resamples: int, seed: int) -> tuple[FloatArray, ...]:
    return tuple(_counts(n, resamples, seed))


@lru_cache(maxsize=1)
def _kept_coins(n: int, resamples: int, seed: int) -> tuple[FloatArray, ...]:
    return tuple(_coins(n, resamples, seed))
