"""FENSE (Zhou et al. 2022): SBERT similarity, cut by 90 % where its checker finds an error; -1 to 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.metrics.penalised import penalise
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class Fense:
    """FENSE from `sbert_sim` and `fer`."""

    penalty: float = 0.9

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `fense`."""
        return [penalise("fense", needed["sbert_sim"], needed["fer"], self.penalty)]
