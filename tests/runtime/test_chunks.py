"""Scores do not depend on how many clips a metric takes at a time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from aacbench.contracts import Metric
from aacbench.metrics.spice.parse_cache import TupleCache
from aacbench.runtime import chunks as module
from aacbench.types import ScoringItems

WORDS = "a the dog cat bird bell barks sings rings loudly softly while and rain falls in park street".split()
METRICS = {
    "bleu:Bleu": "bleu",
    "cider_d:CiderD": "cider_d",
    "meteor.metric:MeteorMetric": "meteor.scorer",
    "spice.metric:SpiceMetric": "spice.scorer",
}


def drawn(clips: int) -> ScoringItems:
    """Return clips with one to four references each, of words that come again and again."""
    generator = random.Random(0)

    def caption() -> str:
        return " ".join(generator.choices(WORDS, k=generator.randint(1, 9)))

    ours = tuple(caption() for _ in range(clips))
    theirs = tuple(tuple(caption() for _ in range(generator.randint(1, 4))) for _ in range(clips))
    return ScoringItems(tuple(map(str, range(clips))), ours, theirs, ours, theirs)


@pytest.mark.parametrize("name", METRICS)
def test_scores_are_those_of_all_clips_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, factory = name.split(":")
    metric: Metric = getattr(import_module(f"aacbench.metrics.{place}"), factory)()
    items = drawn(20)
    whole = metric(items, {})

    def by_three(count: int) -> Iterator[slice]:
        return module.blocks(count, 3)

    monkeypatch.setattr(import_module(f"aacbench.metrics.{METRICS[name]}"), "blocks", by_three)
    for once, again in zip(whole, metric(items, {}), strict=True):
        assert once.corpus == pytest.approx(again.corpus, rel=1e-12)
        np.testing.assert_allclose(once.items or (), again.items or (), rtol=1e-12)


def test_blocks_are_all_items_in_order() -> None:
    assert [[*range(7)][some] for some in module.blocks(7, 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert not [*module.blocks(0)]


def test_tuples_on_disk_are_held_in_memory_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aacbench.metrics.spice.parse_cache.HELD", 3)
    store = TupleCache("1", tmp_path)
    store.put({f"sentence {number}": [("dog",)] for number in range(10)})
    assert len(store._memory) == 3
    assert len(store.get([f"sentence {number}" for number in range(10)])) == 10
    assert len(store._memory) == 3
