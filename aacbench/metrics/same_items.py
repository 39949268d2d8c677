"""What a metric counts in items, kept for its next call: a score and then its interval are of the same counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from aacbench.types import ScoringItems

Owner = TypeVar("Owner")
Counts = TypeVar("Counts")


def once_for_items(count: Callable[[Owner, ScoringItems], Counts]) -> Callable[[Owner, ScoringItems], Counts]:
    """Decorate a metric's method: what it returned last is returned again to the same metric for the same items.

    Nobody may change what it returns. One result is kept for all metrics of the class, until the next one.
    """
    kept: list[tuple[Owner, ScoringItems, Counts]] = []

    @wraps(count)
    def counted(metric: Owner, items: ScoringItems) -> Counts:
        last = kept[-1:]  # a copy: other threads may replace it
        if not last or last[0][0] is not metric or last[0][1] is not items:
            last = [(metric, items, count(metric, items))]
            kept[:] = last
        return last[0][2]

    return counted
