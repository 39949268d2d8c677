"""Retrieval metrics of ranked clips: R@k in both forms, mAP@k, median and mean rank.

With several relevant clips two forms of R@k are in use and both are given. `recall_at_k`, the official one here, is
the hit rate: the share of queries with *any* relevant clip in the first k, as audio-to-text results on Clotho and
AudioCaps report it. `recall_fraction_at_k` is the mean share of a query's relevant clips in the first k. With one
relevant clip, as in DCASE's language-based audio retrieval, they are equal. AP@k is the sum of j / rank_j over the
relevant clips j = 1, 2, ... in the first k, divided by min(k, relevant clips): 1 / rank for a single one. Median and
mean rank are of the best relevant clip. All are fractions except ranks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import RetrievalMetric
from aacbench.errors import AacbenchError, UserError
from aacbench.types import RankedItems, Score

VERSION = 1
FloatArray = NDArray[np.float64]


@dataclass
class _AtDepth(RetrievalMetric):
    k: int = 10

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UserError(f"a retrieval metric looks at 1 place or more; got {self.k}")
        self.depth = self.k

    def _score(self, name: str, items: RankedItems, values: FloatArray) -> list[Score]:
        return [_score(f"{name}_at_{self.k}", items, values, float(values.mean()))]

    def _hits(self, items: RankedItems) -> FloatArray:
        return np.array([(row <= self.k).sum() for row in items.ranks], np.float64)


class RecallAt(_AtDepth):
    """The share of queries with any relevant clip in the first `k`."""

    def __call__(self, items: RankedItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `recall_at_K`."""
        return self._score("recall", items, (self._hits(items) > 0).astype(np.float64))


class RecallFractionAt(_AtDepth):
    """The mean share of a query's relevant clips in the first `k`."""

    def __call__(self, items: RankedItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `recall_fraction_at_K`."""
        return self._score("recall_fraction", items, self._hits(items) / np.asarray(items.relevant, np.float64))


class MeanAveragePrecisionAt(_AtDepth):
    """The mean over queries of the average precision in the first `k`."""

    def __call__(self, items: RankedItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `map_at_K`."""
        pairs = zip(items.ranks, items.relevant, strict=True)
        return self._score("map", items, np.array([_precision(row, self.k, size) for row, size in pairs]))


@dataclass
class Ranks(RetrievalMetric):
    """Median and mean rank of each query's best relevant clip; the whole ranking has to be known."""

    def __call__(self, items: RankedItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the scores `median_rank` and `mean_rank`."""
        if items.depth is not None:
            raise AacbenchError("median and mean rank need whole rankings, not lists of the first places")
        best = np.array([row[0] for row in items.ranks])
        return [
            _score("median_rank", items, best, float(np.median(best))),
            _score("mean_rank", items, best, float(best.mean())),
        ]


def _score(name: str, items: RankedItems, values: FloatArray, corpus: float) -> Score:
    return Score(name, corpus, tuple(values.tolist()), {"version": VERSION, **items.signature})


def _precision(row: FloatArray, k: int, size: int) -> float:
    inside = row[row <= k]
    return float((np.arange(1, len(inside) + 1) / inside).sum()) / min(k, size)
