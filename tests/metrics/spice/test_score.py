"""F-scores, kinds of tuples, the scorer and its explanations, with a parser that knows a few captions."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.metrics.spice.metric import SpiceMetric, render
from aacbench.metrics.spice.parse_cache import TupleCache
from aacbench.metrics.spice.score import KINDS, Counts
from aacbench.metrics.spice.scorer import Spice
from aacbench.text.parser.parse import Parse
from tests.metrics.conftest import tokens_as_given
from tests.metrics.spice.conftest import by_hand

CAPTIONS = {
    "dogs bark": "dogs/NNS/2/nsubj/dog bark/VBP/0/root",
    "big dogs bark": "big/JJ/2/amod dogs/NNS/3/nsubj/dog bark/VBP/0/root",
    "two red cars": "two/CD/3/nummod red/JJ/3/amod cars/NNS/0/root/car",
    "an automobile": "an/DT/2/det/a automobile/NN/0/root",
    "dogs chase a car": "dogs/NNS/2/nsubj/dog chase/VBP/0/root a/DT/4/det car/NN/2/dobj",
    "loudly": "loudly/RB/0/root",
    "": "",
}


class FewParses:
    """A parser for the captions above; counts what it is asked."""

    version = "few"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def parse(self, sentences: Sequence[Sequence[str]]) -> list[Parse]:
        texts = [" ".join(sentence) for sentence in sentences]
        self.asked += texts
        return [by_hand(CAPTIONS[text]) for text in texts]


@pytest.fixture
def parser() -> FewParses:
    return FewParses()


@pytest.fixture
def spice(parser: FewParses, tmp_path: Path) -> Spice:
    return Spice(parser, TupleCache("few", tmp_path))


def test_f_score_counts_matches_on_both_sides() -> None:
    assert Counts(2, 4, 6).f_score == pytest.approx(0.4)
    assert Counts(0, 4, 6).f_score == Counts(0, 0, 0).f_score == 0.0


def test_items_and_corpus(spice: Spice) -> None:
    result = spice.score(["dogs bark", "an automobile"], [["big dogs bark"], ["two red cars", "dogs bark"]])
    # (dog) (dog bark) in (dog) (dog big) (dog bark); (automobile) in (car) (car two) (car red) (dog) (dog bark)
    assert result.items == pytest.approx((2 * 2 / (2 + 3), 2 * 1 / (1 + 5)))
    assert result.corpus == pytest.approx(sum(result.items) / 2)


def test_kinds_are_scored_where_references_hold_them(spice: Spice) -> None:
    result = spice.score(["two red cars", "dogs bark"], [["two red cars"], ["an automobile"]])
    first, second = ({kind: values[row] for kind, values in result.kinds.items()} for row in (0, 1))
    for kind, value in {"object": 1, "attribute": 1, "cardinality": 1, "color": 1}.items():
        assert first[kind] == value
    assert math.isnan(first["size"]) and math.isnan(first["relation"])
    assert second["object"] == 0.0 and math.isnan(second["attribute"])
    assert result.mean_of("object") == 0.5
    assert result.mean_of("color") == 1.0
    assert math.isnan(result.mean_of("size"))
    assert set(result.kinds) == set(KINDS)


def test_a_caption_among_its_references_alone_is_perfect(spice: Spice) -> None:
    captions = [caption for caption in CAPTIONS if caption not in ("", "loudly")]
    assert spice.score(captions, [[caption] for caption in captions]).items == (1.0,) * len(captions)


@pytest.mark.parametrize("nothing", ["", "loudly"])
def test_captions_without_tuples_score_zero(spice: Spice, nothing: str) -> None:
    result = spice.score([nothing, "dogs bark", nothing], [["dogs bark"], [nothing], [nothing]])
    assert result.items == (0.0, 0.0, 0.0)


def test_the_order_of_items_changes_nothing(spice: Spice) -> None:
    candidates, references = (
        ["dogs bark", "two red cars"],
        [["big dogs bark"], ["an automobile", "dogs chase a car"]],
    )
    there = spice.score(candidates, references)
    back = spice.score(candidates[::-1], references[::-1])
    assert there.items == back.items[::-1]


def test_each_caption_is_parsed_once(spice: Spice, parser: FewParses, tmp_path: Path) -> None:
    spice.score(["dogs bark", "dogs bark"], [["dogs bark", "an automobile"], ["an automobile"]])
    assert sorted(parser.asked) == ["an automobile", "dogs bark"]
    other = FewParses()
    Spice(other, TupleCache("few", tmp_path)).score(["dogs bark"], [["an automobile"]])
    assert other.asked == []


def test_candidates_may_stay_out_of_the_store(spice: Spice, tmp_path: Path) -> None:
    spice.score(["dogs bark"], [["an automobile"]], keep=False)
    assert set(TupleCache("few", tmp_path).get(list(CAPTIONS))) == {"an automobile"}


def test_explanation_says_what_matches(spice: Spice) -> None:
    found = spice.explain("dogs chase a car", ["an automobile", "big dogs bark"])
    assert {str(line): line.matched for line in found.candidate} == {
        "car": True,
        "dog": True,
        "dog | chase | car": False,
    }
    assert {str(line): line.matched for line in found.references} == {
        "automobile": True,
        "dog": True,
        "dog | big": False,
        "dog | bark": False,
    }
    assert found.score == pytest.approx(2 * 2 / (3 + 4))
    text = render("Dogs chase a car.", ["An automobile.", "Big dogs bark."], found)
    assert "SPICE 0.5714: 2 of 3 tuples match, the references have 4" in text
    assert "  = car\n" in text and "  - dog | chase | car" in text and "size 0.000" in text
    assert "color" not in text


@pytest.mark.parametrize(
    ("candidates", "references", "message"),
    [
        ([], [], "at least one candidate"),
        (["dogs bark"], [], "got 1 and 0"),
        (["dogs bark", "dogs bark"], [["dogs bark"], []], "item 1 has none"),
    ],
)
def test_refusals(spice: Spice, candidates: list[str], references: list[list[str]], message: str) -> None:
    with pytest.raises(UserError, match=message):
        spice.score(candidates, references)


def test_the_metric_names_its_parser(monkeypatch: pytest.MonkeyPatch, spice: Spice) -> None:
    monkeypatch.setattr("aacbench.metrics.spice.metric.embedded", lambda: spice)
    (score,) = SpiceMetric()(tokens_as_given(["dogs bark"], [["big dogs bark"]]), {})
    assert score.name == "spice"
    assert score.corpus == pytest.approx(0.8)
    assert score.items == pytest.approx((0.8,))
    assert score.signature == {"version": 1, "parser": "few+1"}


def test_the_embedded_engine_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from aacbench.metrics.spice.scorer import score; "
        "assert score(['a dog barks'], [['a dog barks loudly']]).corpus > 0; "
        "print([name for name in ('torch', 'transformers', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "AACBENCH_HOME": str(tmp_path)},
        cwd=Path(__file__).parents[3],
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
