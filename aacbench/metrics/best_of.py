"""Best of K candidates by any metric (SPIDEr-max: Labbé et al. 2022): each clip's highest score, and their mean.

Systems that give several captions a clip (`caption_predicted_1..K`) are measured by the best of them. Document
frequencies and references are those of the whole set, as for a single candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.contracts import Metric
from aacbench.errors import AacbenchError
from aacbench.metrics.composed import part
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class BestOf(Metric):
    """The best of each clip's candidates by the score `of`."""

    of: str = "spider"

    def warnings(self, items: ScoringItems) -> list[str]:
        """Say so where there is nothing to choose from."""
        if any(len(texts) > 1 for texts in items.alternatives):
            return []
        return [f"{self.of}_max equals {self.of}: the file has one candidate a clip"]

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `OF_max`; `needed` has a value for every candidate of every clip."""
        score = needed[self.of]
        counts = [len(texts) for texts in items.alternatives] or [1] * len(items)
        if score.items is None or len(score.items) != sum(counts):
            raise AacbenchError(f"the best of several candidates needs {self.of} of each of them")
        rows, start = [], 0
        for count in counts:
            rows.append(max(score.items[start : start + count]))
            start += count
        signature = {"version": 1, "candidates": max(counts), self.of: part(score)}
        return [Score(f"{self.of}_max", sum(rows) / len(rows), tuple(rows), signature)]
