"""Scoring from Python: lists in, numbers out."""

from __future__ import annotations

import math

import pytest

from aacbench.api import score, score_report
from aacbench.errors import UserError

CANDIDATES = ["a dog barks in the rain", "rain falls on a roof", ""]
REFERENCES = [["A dog barks in the rain.", "a dog"], ["rain falls on the roof"], ["a car", "x", "y"]]
FAST = ["bleu_1", "rouge_l", "cider_d"]


def test_lists_in_numbers_out() -> None:
    found = score(CANDIDATES, REFERENCES, FAST)
    assert [*found] == FAST
    assert found["rouge_l"] == pytest.approx((1 + 0.8 + 0) / 3)
    assert found["bleu_1"] == pytest.approx(10 / 11 * math.exp(1 - 12 / 11), abs=1e-6)  # closest references: 6 + 5 + 1


def test_report_has_items_signatures_and_intervals() -> None:
    report = score_report(CANDIDATES, REFERENCES, FAST, ids=["a", "b", "c"], resamples=100)
    assert report.items.ids == ("a", "b", "c")
    assert set(report.intervals) == set(FAST)
    assert report.items_table()[2]["file_name"] == "c"
    assert report.scores["bleu_1"].signature["references"] == "1-3"


def test_perfect_captions_reach_the_stated_maximum() -> None:
    captions = ["a dog barks in the rain", "wind blows through tall trees", "a man speaks over a radio"]
    found = score(captions, [[caption] * 2 for caption in captions], ["bleu_4", "rouge_l", "meteor", "cider_d"])
    assert found == pytest.approx({"bleu_4": 1, "rouge_l": 1, "meteor": 1, "cider_d": 10}, abs=1e-6)


def test_mistakes() -> None:
    with pytest.raises(UserError, match="got 1 clips, 1 candidates and 2 lists"):
        score(["x"], [["x"], ["y"]], FAST)
    with pytest.raises(UserError, match="unknown metric 'blue'"):
        score(["x"], [["x"]], ["blue"])
