"""A score and its interval are of counts that were made once, and counts of other items are never taken for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aacbench.host.builtin.metrics import SPECS
from aacbench.metrics import bleu
from aacbench.metrics.meteor import metric as meteor
from aacbench.metrics.same_items import once_for_items
from aacbench.scoring import score_items, select
from aacbench.types import ScoringItems

ITEMS = ScoringItems(("a",), ("a dog",), (("a dog",),), ("a dog",), (("a dog",),))


class Counting:
    def __init__(self) -> None:
        self.calls = 0

    @once_for_items
    def count(self, items: ScoringItems) -> int:
        self.calls += 1
        return len(items) + self.calls


def test_only_the_same_object_is_answered_from_memory() -> None:
    first, second = Counting(), Counting()
    assert [first.count(ITEMS), first.count(ITEMS)] == [2, 2] and first.calls == 1
    assert second.count(ITEMS) == 2 and second.calls == 1
    equal = replace(ITEMS)
    assert second.count(equal) == 3 and second.calls == 2


@pytest.mark.parametrize("name", ["bleu", "meteor"])
def test_an_interval_counts_nothing_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    module, what = {"bleu": (bleu, "bleu_statistics"), "meteor": (meteor, "item_statistics")}[name]
    real = getattr(module, what)

    def counted(*given: Any) -> Any:
        calls.append(1)
        return real(*given)

    monkeypatch.setattr(module, what, counted)
    said = [f"a dog barks {word}" for word in "loudly twice softly again once".split()]
    heard = [[f"a dog is barking {word}"] for word in "loudly twice softly again once".split()]
    report = score_items([*"abcde"], said, heard, select([name], SPECS).specs, resamples=100)
    assert len(calls) == 1
    assert all(np.isfinite([one.low, one.high]).all() for one in report.intervals.values()) and report.intervals
