"""Metrics: candidates scored against references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aacbench.types import RankedItems, ReferenceSet, Score, ScoringItems


class Metric:
    """Scores candidates against references; derive from it and write `__call__`, the rest has defaults that do nothing.

    Lifetime: `factory(**settings)` makes one object for a call of `score`, for a whole stage of training or for all
    rounds of a comparison. The core then calls `check_present` of all metrics and `check_ready` of all, once, before
    anything is computed; `prepare` once, and
    again only when the references change; and the object itself with one batch of those clips after the other. All
    of it happens in one process (rank zero, or the process whose captions are rewarded). So a model that is loaded at
    its first use and kept in the object is loaded once.

    A callable with `__call__` alone is a metric too: it is called, and nothing else is asked of it.
    """

    def check_present(self) -> None:
        """Look, in a moment and without loading anything, whether what the metric needs is there.

        Raises:
            UserError: it is not; the message says how to get it.
        """

    def check_ready(self) -> None:
        """Make sure that what the metric needs (weights, Java, a server) is there.

        Raises:
            UserError: it is not; the message says how to get it.
        """

    def prepare(self, references: ReferenceSet) -> None:
        """Be told the references of all clips, whose ids are distinct, before any of them is scored."""

    def warnings(self, items: ScoringItems) -> list[str]:
        """Return what a reader should know about the score of these items, a line each."""
        return []

    def remarks(self) -> list[str]:
        """Return what a reader should know of the last call: what it cost, which clips got no score, a line each."""
        return []

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> Sequence[Score]:
        """Return one `Score` per output of the spec, in its order; `needed` holds the scores named by `requires`.

        A clip may come several times in `items` (five samples of it, say), each with a candidate of its own.
        """
        raise NotImplementedError


class RetrievalMetric:
    """Scores ranked lists of clips: a metric whose spec has the task `retrieval`.

    `factory(**settings)` makes one object for each file or run that is scored, and it is called once.
    """

    depth: int | None = None
    """How many places of a list it reads; it is left out where fewer are known. None: all of them."""

    def __call__(self, items: RankedItems, needed: Mapping[str, Score]) -> Sequence[Score]:
        """Return one `Score` per output of the spec, in its order, each with a value a query."""
        raise NotImplementedError
