"""Metrics: candidates scored against references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from aacbench.contracts.factory import Factory
from aacbench.types import Score, ScoringItems


class Metric(Protocol):
    """Scores candidates against references."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> Sequence[Score]:
        """Return one `Score` per output of the spec, in its order; `needed` holds the scores named by `needs`."""
        ...


@dataclass(frozen=True)
class MetricSpec:
    """`factory(**settings) -> Metric`; `outputs` are the score names it gives (by default its own name).

    `range` is (lowest, highest); `engines` says which engines have it; `default` whether `aacbench score` computes it
    unasked; `descriptive` that more is not better, so it never ranks.
    """

    kind: ClassVar[str] = "metric"
    name: str
    summary: str
    factory: Factory
    outputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    range: tuple[float, float] = (0.0, 1.0)
    engines: tuple[str, ...] = ("native",)
    default: bool = True
    descriptive: bool = False

    def __post_init__(self) -> None:
        if not self.outputs:
            object.__setattr__(self, "outputs", (self.name,))
