"""Scoring: order of metrics, engines, signatures, checks on what metrics return and on what users give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from aacbench.contracts import MetricSpec
from aacbench.errors import AacbenchError, UserError
from aacbench.host.builtin.metrics import SPECS
from aacbench.scoring import score_items, select, write_items
from aacbench.scoring.core import difference
from aacbench.scoring.signatures import ranking_key, short, split_short
from aacbench.types import Score, ScoringItems

IDS = ("a.wav", "b.wav", "c.wav")
CANDIDATES = ("A dog barks.", "Rain falls on a roof", "")
REFERENCES = (("a dog is barking", "dogs bark"), ("rain falls on the roof",), ("a car passes", "x", "y"))
FAST = select(["bleu", "rouge_l", "cider_d"], SPECS).specs


@dataclass
class Words:
    """Counts words; `bonus` is a setting."""

    bonus: int = 0

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        rows = tuple(float(len(text.split()) + self.bonus) for text in items.candidate_tokens)
        return [Score("words", sum(rows) / len(rows), rows, {"version": 3, "bonus": self.bonus})]


class Doubled:
    """Twice the words, from the score it needs."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        assert set(needed) == {"words"}
        return [Score("doubled", 2 * needed["words"].corpus)]


WORDS = MetricSpec("words", "", Words)
DOUBLED = MetricSpec("doubled", "", Doubled, requires=("words",))


def test_metrics_run_after_those_they_need_and_settings_reach_them() -> None:
    report = score_items(IDS, CANDIDATES, REFERENCES, [DOUBLED, WORDS], settings={"words": {"bonus": 1}})
    assert [*report.scores] == ["words", "doubled"]
    assert report.scores["doubled"].corpus == 2 * report.scores["words"].corpus == pytest.approx(2 * 11 / 3)


def test_captions_are_tokenised_and_scores_finite() -> None:
    report = score_items(IDS, CANDIDATES, REFERENCES, FAST)
    assert report.items.candidate_tokens == ("a dog barks", "rain falls on a roof", "")
    assert [*report.scores] == ["bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"]
    assert all(0 <= score.corpus < 10 for score in report.scores.values())


def test_signatures_say_what_a_score_was_computed_with() -> None:
    report = score_items(IDS, CANDIDATES, REFERENCES, [WORDS, *FAST], settings={"words": {"bonus": 2}})
    signature = report.scores["words"].signature
    assert signature["parameters"] == {"bonus": 2}
    assert {key: signature[key] for key in ("metric", "version", "references", "items", "engine")} == {
        "metric": "words",
        "version": 3,
        "references": "1-3",
        "items": 3,
        "engine": "native",
    }
    line = short(report.scores["cider_d"].signature)
    assert line.startswith("cider_d|v:1|n:4|sigma:6|idf:evaluated|tok:ptb-3.4.1|engine:native|impl:aacbench|refs:1-3")


def test_ranking_key_tells_apart_all_but_releases() -> None:
    def key(references: object = REFERENCES, **settings: int) -> str:
        report = score_items(IDS, CANDIDATES, references, [WORDS], settings={"words": settings})  # type: ignore[arg-type]
        return ranking_key(report.scores["words"].signature)

    assert key() == key()
    assert key() == key([captions[::-1] for captions in REFERENCES])
    assert key() != key(bonus=1)
    assert key() != key([*REFERENCES[:2], ("another",)])
    signature = score_items(IDS, CANDIDATES, REFERENCES, [WORDS]).scores["words"].signature
    assert ranking_key({**signature, "aacbench": "9.9"}) == ranking_key(signature)
    assert ranking_key({**signature, "engine": "reference"}) != ranking_key(signature)


def test_shared_part_of_signatures_is_given_once() -> None:
    report = score_items(IDS, CANDIDATES, REFERENCES, FAST)
    shared, own = split_short({name: score.signature for name, score in report.scores.items()})
    assert shared.startswith("tok:ptb-3.4.1|engine:native") and "items:3" in shared
    assert own["bleu_2"] == "v:1|n:2|reflen:closest"


def test_order_of_clips_does_not_change_corpus_scores() -> None:
    first = score_items(IDS, CANDIDATES, REFERENCES, FAST)
    second = score_items(IDS[::-1], CANDIDATES[::-1], [c[::-1] for c in REFERENCES[::-1]], FAST)
    for name, score in first.scores.items():
        assert score.corpus == pytest.approx(second.scores[name].corpus, abs=1e-12)


def test_one_clip_gets_a_caution() -> None:
    assert "0 by definition" in score_items(["a"], ["x"], [["x"]], FAST).warnings[0]
    assert not score_items(IDS, CANDIDATES, REFERENCES, FAST).warnings


def test_reports_are_written(tmp_path: Path) -> None:
    report = score_items(IDS, CANDIDATES, REFERENCES, [WORDS, DOUBLED, *FAST])
    write_items(tmp_path / "items.csv", report.only(["rouge_l", "words", "doubled"]))
    lines = (tmp_path / "items.csv").read_text().splitlines()
    assert lines[0] == "file_name,rouge_l,words"  # doubled has no values per item
    assert lines[3] == "c.wav,0.0,0.0"
    content = json.loads(json.dumps(report.to_json()))
    assert set(content) == {"scores", "signatures", "items"}
    assert content["scores"]["words"] == report.scores["words"].corpus
    assert content["signatures"]["words"]["short"].startswith("words|v:3")
    with pytest.raises(UserError, match="cannot write"):
        write_items(tmp_path / "items.csv" / "below", report)


@pytest.mark.parametrize(
    ("ids", "candidates", "references", "message"),
    [
        ((), (), (), "nothing to score"),
        (("a",), ("x", "y"), (("x",),), "got 1 clips, 2 candidates and 1 lists"),
        (("a", "a"), ("x", "y"), (("x",), ("y",)), "come more than once: 'a'"),
        (("a",), ("x",), ((),), "at least one reference; without any: 'a'"),
        (("a",), ("x",), ("x",), "got a plain string"),
    ],
)
def test_what_cannot_be_scored(ids: object, candidates: object, references: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        score_items(ids, candidates, references, FAST)  # type: ignore[arg-type]


def test_unknown_engine_need_and_setting() -> None:
    with pytest.raises(UserError, match="unknown engine 'java'"):
        score_items(IDS, CANDIDATES, REFERENCES, FAST, "java")
    with pytest.raises(UserError, match="'doubled' needs 'words', which is not installed"):
        score_items(IDS, CANDIDATES, REFERENCES, [DOUBLED])
    with pytest.raises(UserError, match="'words' does not take these settings"):
        score_items(IDS, CANDIDATES, REFERENCES, [WORDS], settings={"words": {"malus": 1}})


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([Score("other", 1.0)], r"'words' gave \('other',\); its spec says \('words',\)"),
        ([Score("words", 1.0, (1.0,))], "'words' gave 1 values for 3 clips"),
    ],
)
def test_a_metric_that_breaks_its_contract_is_named(scores: list[Score], message: str) -> None:
    spec = MetricSpec("words", "", lambda: lambda items, needed: scores)
    with pytest.raises(AacbenchError, match=message):
        score_items(IDS, CANDIDATES, REFERENCES, [spec])


def test_difference_names_the_clip() -> None:
    found = difference(Score("x", 1.0, (1.0, 2.0)), Score("x", 1.5, (1.0, 1.25)), ["a", "b"])
    assert (found.corpus, found.item, found.clip) == (0.5, 0.75, "b")


def test_a_composed_score_names_its_parts_with_their_parameters() -> None:
    specs = select(["spider"], SPECS).specs
    report = score_items(["a.wav"], ["a dog barks"], [["a dog is barking"]], specs)
    parts = report.scores["spider"].signature["parameters"]
    assert parts["cider_d"] == "v1,n=4,sigma=6.0,idf=evaluated"
    assert parts["spice"].startswith("v1,parser=")
