"""METEOR 1.5 as a metric (Denkowski and Lavie 2014; range 0 to 1): `-l en -norm` on Penn Treebank tokens.

The corpus score comes from statistics summed over the items, each with its best reference; it is not the
items' mean. The reference engine is the jar of pycocoevalcap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class MeteorMetric:
    """METEOR of every item and of the corpus."""

    engine: str = "native"

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `meteor`.

        Raises:
            UserError: METEOR's resources are missing, or Java is missing or fails (reference engine).
        """
        if self.engine == "reference":
            from aacbench.metrics.meteor.reference import score
        else:
            from aacbench.metrics.meteor.scorer import score
        corpus, rows = score(items.candidate_tokens, items.reference_tokens)
        return [Score("meteor", corpus, tuple(rows), {"version": 1, "release": "1.5", "options": "en-norm"})]
