"""Bootstrap confidence intervals, paired bootstrap and approximate randomisation over clips.

A resample draws N clips with replacement from the N scored. Metrics whose corpus score comes from summed
statistics (BLEU, METEOR) are recomputed from the sums of the drawn clips; for the others the corpus score is
the mean of the items. CIDEr-D's document frequencies stay those of the whole set. Sources: Koehn 2004
(bootstrap for evaluation), Noreen 1989 and Riezler & Maxwell 2005 (approximate randomisation). Results
depend on the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
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
    """Two systems on the same clips: their scores, the interval of B - A, and two-sided p-values of no difference.

    `of_corpus` says that the scores are corpus scores computed from sums, not means over clips.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float
    p_bootstrap: float
    p_randomisation: float
    items: int
    resamples: int
    of_corpus: bool = False


def compare_items(a: ArrayLike, b: ArrayLike, resamples: int = 10_000, seed: int = 0) -> Comparison:
    """Compare two systems' scores of the same N clips by their means.

    The bootstrap p-value is the share of resampled differences that lie at least as far from the observed
    one as that lies from zero; randomisation swaps the systems' scores clip by clip at random. Both count
    the observed case, so that no p-value is zero.

    Raises:
        UserError: lengths differ, fewer than two clips, fewer than 100 resamples, or a score is not a number.
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise UserError(f"the systems are compared clip by clip; got {left.shape} and {right.shape} scores")
    _check_numbers(left, right, resamples)
    clips = len(left)
    gaps = right - left
    drawn = np.concatenate([counts @ gaps / clips for counts in _draws(clips, resamples, seed)])
    swapped = np.concatenate([signs @ gaps / clips for signs in _signs(clips, resamples, seed)])
    scale = float(np.abs(gaps).max())
    return _comparison((float(left.mean()), float(right.mean())), float(gaps.mean()), drawn, swapped, clips, scale)


def compare_sums(
    a: ArrayLike, b: ArrayLike, scores: Callable[[FloatArray], FloatArray], resamples: int = 10_000, seed: int = 0
) -> Comparison:
    """Compare two systems by a corpus score that `scores` computes from summed statistics: (R, S) to (R,).

    `a` and `b` are the statistics (N, S) of the same N clips. As `compare_items`; randomisation swaps a clip's
    statistics.

    Raises:
        UserError: shapes differ, fewer than two clips, fewer than 100 resamples, or a statistic is not a number.
    """
    left, right = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if left.shape != right.shape or left.ndim != 2:
        raise UserError(f"the systems are compared clip by clip; got statistics {left.shape} and {right.shape}")
    _check_numbers(left, right, resamples)
    clips = len(left)
    own = float(scores(left.sum(0, keepdims=True))[0]), float(scores(right.sum(0, keepdims=True))[0])
    drawn = np.concatenate([scores(n @ right) - scores(n @ left) for n in _draws(clips, resamples, seed)])
    swapped = np.concatenate(
        [
            scores((1 + signs) / 2 @ right + (1 - signs) / 2 @ left)
            - scores((1 + signs) / 2 @ left + (1 - signs) / 2 @ right)
            for signs in _signs(clips, resamples, seed)
        ]
    )
    comparison = _comparison(own, own[1] - own[0], drawn, swapped, clips, 1.0)
    return replace(comparison, of_corpus=True)


def _check_numbers(left: FloatArray, right: FloatArray, resamples: int) -> None:
    if len(left) < 2 or resamples < 100:
        raise UserError(f"comparing needs two clips and 100 resamples; got {len(left)} and {resamples}")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise UserError("a per-clip score is not a finite number; systems cannot be compared on it")


def _comparison(
    own: tuple[float, float], observed: float, drawn: FloatArray, swapped: FloatArray, clips: int, scale: float
) -> Comparison:
    """Return what resampled differences say of the observed one; `scale` is how large one clip's can be."""
    slack = 1e-12 * max(1.0, scale)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Comparison(
        a=own[0],
        b=own[1],
        difference=observed,
        low=float(low),
        high=float(high),
        p_bootstrap=_p_value(np.abs(drawn - observed) >= abs(observed) - slack),
        p_randomisation=_p_value(np.abs(swapped) >= abs(observed) - slack),
        items=clips,
        resamples=len(drawn),
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
