"""Which clips are drawn: endless passes, class by class, and a floor for each class."""

from __future__ import annotations

from collections import Counter

from aacbench.runtime.seeds import shuffled
from aacbench.training.sampling import balanced, class_floor, stream


def test_a_stream_is_one_pass_after_another() -> None:
    whole = stream(7, 0, 28, "seed")
    assert [sorted(whole[first : first + 7]) for first in range(0, 28, 7)] == [list(range(7))] * 4
    assert [place for first in range(0, 28, 4) for place in stream(7, first, 4, "seed")] == whole
    assert stream(7, 14, 7, "seed") == shuffled(7, "seed", 2)
    assert stream(3, 1, 10, "other") != stream(3, 1, 10, "seed")


def test_balanced_draws_every_class_alike_and_all_clips_of_a_class() -> None:
    labels = [("common",)] * 30 + [("rare",)] * 2 + [("rare", "double")]
    drawn = balanced(labels, 90, 0, "a")
    assert len(drawn) == 90
    counts = Counter(drawn)
    assert sum(counts[place] for place in range(30)) == 30
    assert all(counts[place] == 1 for place in range(30))
    assert counts[30] == counts[31] == 10
    assert counts[32] == 10 + 30
    assert drawn == balanced(labels, 90, 0, "a") != balanced(labels, 90, 0, "b")
    assert balanced(labels, 10, 0, "a") == drawn[:10]


def test_a_class_floor_gives_each_class_enough_and_no_clip_in_vain() -> None:
    labels = [(f"l{place % 5}", *(("both",) if place % 3 == 0 else ())) for place in range(60)] + [("single",)]
    kept = class_floor(labels, 4, 1)
    counts = Counter(label for place in kept for label in labels[place])
    assert set(counts) == {"l0", "l1", "l2", "l3", "l4", "both", "single"}
    assert counts["single"] == 1
    assert all(counts[f"l{place}"] >= 4 for place in range(5))
    assert len(kept) < 30
    assert kept == sorted(set(kept)) == class_floor(labels, 4, 1)
    assert class_floor(labels, 100, 1) == list(range(61))
