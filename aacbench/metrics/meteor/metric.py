"""METEOR 1.5 as a metric (Denkowski and Lavie 2014; range 0 to 1): `-l en -norm` on Penn Treebank tokens.

The corpus score comes from statistics summed over the items, each with its best reference; it is not the
items' mean. The reference engine is the jar of pycocoevalcap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import Metric
from aacbench.metrics.meteor.scorer import item_statistics
from aacbench.metrics.meteor.statistics import CHUNKS, Statistics, complete, corpus_score, score_rows
from aacbench.metrics.same_items import once_for_items
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class MeteorMetric(Metric):
    """METEOR of every item and of the corpus."""

    engine: str = "native"

    def check_present(self) -> None:
        """Look for Java (reference engine); raises `UserError` where there is none."""
        if self.engine == "reference":
            from aacbench.metrics.meteor.reference import jar_command  # noqa: PLC0415

            jar_command()

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `meteor`.

        Raises:
            UserError: METEOR's resources are missing, or Java is missing or fails (reference engine).
        """
        if self.engine == "reference":
            from aacbench.metrics.meteor.reference import score as jar_score  # noqa: PLC0415

            corpus, rows = jar_score(items.candidate_tokens, items.reference_tokens)
        else:
            statistics, scores = self._counted(items)
            corpus, rows = corpus_score(statistics), scores.tolist()
        return [Score("meteor", corpus, tuple(rows), {"version": 2, "release": "1.5", "options": "en-norm"})]

    def statistics(self, items: ScoringItems) -> NDArray[np.float64]:
        """Return each item's statistics with its best reference, (items, 23), as they are summed for the
        corpus.
        """
        rows = self._counted(items)[0].copy()
        rows[complete(rows), CHUNKS] = 0
        return rows.astype(np.float64)

    @once_for_items
    def _counted(self, items: ScoringItems) -> tuple[Statistics, NDArray[np.float64]]:
        """Return each item's statistics as they are scored, and its score."""
        return item_statistics(items.candidate_tokens, items.reference_tokens)

    def from_statistics(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the corpus scores (R, 1) of R rows of summed statistics."""
        return score_rows(statistics.astype(np.int64))[:, None]
