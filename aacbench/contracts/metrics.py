"""Metrics: candidates scored against references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from aacbench.types import Score, ScoringItems


class Metric(Protocol):
    """Scores candidates against references."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> Sequence[Score]:
        """Return one `Score` per output of the spec, in its order; `needed` holds the scores named by `requires`."""
        ...
