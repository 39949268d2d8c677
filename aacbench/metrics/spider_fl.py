"""SPIDEr-FL (DCASE 2023): SPIDEr, cut by 90 % where a fluency checker finds an error; 0 to 5.5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.metrics.penalised import penalise
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class SpiderFl:
    """SPIDEr-FL from `spider` and `fer`, both from the engine that was asked for."""

    penalty: float = 0.9
    engine: str = "native"

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `spider_fl`."""
        return [penalise("spider_fl", needed["spider"], needed["fer"], self.penalty)]
