"""Metrics against people on made judgements with known answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import select
from aacbench.scoring.judgements import read_judgements
from aacbench.scoring.metaeval import evaluate_metrics, kendall, pearson, spearman
from aacbench.types import Score, ScoringItems

FENSE = [
    {
        "audio_id": "1",
        "references": ["a b c d", "a b", "x y"],
        "HC": ["a b c d", "a b", "r0", "r1", [1, 1, 1, -1]],
        "HI": ["a b", "q q q", "r1", "idx", [1, 1, 1, 1]],
        "HM": ["x y", "a b c", "r2", "m", [-1, -1, -1, -1]],
        "MM_1": ["a", "a b c d e", "m", "n", [-1, -1, 1, -1]],
        "MM_2": ["a b", "a b c", "m", "n", [1, 1, 1, 1]],
        "MM_3": ["a b", "a b c", "m", "n", [1, -1, 0, 0]],
    },
]


class Words:
    """Scores the number of words."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        rows = tuple(float(len(text.split())) for text in items.candidate_tokens)
        return [Score("words", sum(rows) / len(rows), rows, {"version": 1})]


class Fewer(Words):
    """The same under another name, where lower is better."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        (score,) = super().__call__(items, needed)
        return [Score("fewer", score.corpus, score.items, score.signature)]


WORDS = MetricSpec("words", "words", Words, range=(0.0, float("inf")))
FEWER = MetricSpec("fewer", "fewer", Fewer, range=(0.0, float("inf")), higher_is_better=False)


@pytest.fixture
def fense(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.json"
    path.write_text(json.dumps(FENSE))
    return path


def test_the_benchmark_is_read_as_its_authors_do(fense: Path) -> None:
    pairs = {pair.captions: pair for pair in read_judgements(fense).pairs}
    assert len(pairs) == 5  # of two comparisons of the same captions the last
    assert pairs["a b c d", "a b"].references == (("a b", "x y"), ("a b c d", "x y"))
    assert pairs["a b", "q q q"].references == (("a b c d", "x y"),) * 2
    assert pairs["a", "a b c d e"].references == (("a b c d", "a b", "x y"),) * 2
    assert [pair.preference for pair in read_judgements(fense).pairs] == [2, 4, -4, -2, 4, 0]


def test_accuracy_by_category(fense: Path) -> None:
    report = evaluate_metrics(read_judgements(fense), [WORDS, FEWER], ["words", "fewer"])
    found = {kind: (one.value, one.count) for kind, one in report.accuracy["words"].items()}
    assert found == {"HC": (1.0, 1), "HI": (0.0, 1), "HM": (1.0, 1), "MM": (0.5, 2), "total": (0.6, 5)}
    assert report.accuracy["fewer"]["total"].value == pytest.approx(0.4)
    assert report.accuracy["words"]["total"].low < 0.6 < report.accuracy["words"]["total"].high
    (test,) = report.tests
    assert (test.first, test.second) == ("words", "fewer") and test.difference == pytest.approx(0.2)
    assert 0.5 < test.p_value <= 1


def test_both_engines_stand_side_by_side(fense: Path) -> None:
    selection = select(["rouge_l", "length"], SPECS)
    report = evaluate_metrics(read_judgements(fense), selection.specs, selection.outputs, "both")
    assert [*report.accuracy] == ["rouge_l", "rouge_l (reference)", "length", "reference_length"]
    assert report.signatures["rouge_l (reference)"]["engine"] == "reference"
    assert report.accuracy["rouge_l"] == report.accuracy["rouge_l (reference)"]
    first = next(test for test in report.tests if test.second == "rouge_l (reference)")
    assert first.difference == 0


def test_equal_scores_are_wrong(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = [{"references": ["x"], "category": "k", "caption_0": "a b", "caption_1": "c d", "votes": [1]}] * 2
    path.write_text("\n".join(map(json.dumps, rows)))
    report = evaluate_metrics(read_judgements(path), [WORDS], ["words"])
    assert {kind: one.value for kind, one in report.accuracy["words"].items()} == {"k": 0.0, "total": 0.0}


def test_a_clear_difference_is_found(tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    row = {"references": ["x"], "caption_0": "a b c", "caption_1": "c", "vote": 1}
    path.write_text(json.dumps([row] * 40))
    report = evaluate_metrics(read_judgements(path), [WORDS, FEWER], ["words", "fewer"])
    assert report.accuracy["words"]["total"].value == 1.0 and report.tests[0].p_value < 0.01


def test_ratings_correlate(tmp_path: Path) -> None:
    path = tmp_path / "rated.json"
    captions = ["a", "a b", "a b c", "a b c d", "a b c d e"]
    rows = [{"references": ["x"], "caption": text, "ratings": [k, k + 2]} for k, text in enumerate(captions)]
    path.write_text(json.dumps(rows))
    found = evaluate_metrics(read_judgements(path), [WORDS, FEWER], ["words", "fewer"]).correlation
    assert all(one.value == pytest.approx(1.0) for one in found["words"].values())
    assert all(one.value == pytest.approx(-1.0) for one in found["fewer"].values())
    assert {*found["words"]} == {"pearson", "spearman", "kendall"}


def test_correlations_by_hand() -> None:
    ours, theirs = np.array([1.0, 2.0, 2.0, 4.0]), np.array([2.0, 1.0, 3.0, 4.0])
    assert pearson(ours, theirs) == pytest.approx(np.corrcoef(ours, theirs)[0, 1])
    assert spearman(ours, theirs) == pytest.approx(pearson(np.array([1, 2.5, 2.5, 4]), theirs))
    assert kendall(ours, theirs) == pytest.approx((4 - 1) / np.sqrt(5 * 6))
    assert pearson(np.ones(4), theirs) == 0.0 and kendall(np.ones(4), theirs) == 0.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "holds no judgements"),
        ("[1]", "holds no list of objects"),
        ("{", "is no JSON"),
        ('[{"references": "x", "caption_0": "a", "caption_1": "b", "vote": 1}]', "wanted a list of references"),
        ('[{"references": ["x"], "caption_0": "a", "vote": 1}]', "entry 1: .*caption_1.*; wanted two captions"),
    ],
)
def test_other_files_are_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_text(content)
    with pytest.raises(UserError, match=message):
        read_judgements(path)


def test_pairs_without_a_majority_decide_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    path.write_text('[{"references": ["x"], "caption_0": "a", "caption_1": "b", "votes": [1, -1]}]')
    with pytest.raises(UserError, match="on none of 1 pairs was there a majority"):
        evaluate_metrics(read_judgements(path), [WORDS], ["words"])
