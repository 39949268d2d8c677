"""aacbench from Python: lists in, numbers out; what is no text is named; parts, runs and boards."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys
import typing
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import aacbench
from aacbench.api import HOMES
from aacbench.errors import UserError
from aacbench.types import Clip
from tests.homes import warm_home

CANDIDATES = ["a dog barks in the rain", "rain falls on a roof", ""]
REFERENCES = [["A dog barks in the rain.", "a dog"], ["rain falls on the roof"], ["a car", "x", "y"]]
FAST = ["bleu_1", "rouge_l", "cider_d"]
LEADERBOARD = Path(__file__).parents[1] / "leaderboard"


def test_lists_in_numbers_out() -> None:
    found = aacbench.score(CANDIDATES, REFERENCES, FAST)
    assert [*found] == FAST
    assert found["rouge_l"] == pytest.approx((1 + 0.8 + 0) / 3)
    assert found["bleu_1"] == pytest.approx(10 / 11 * math.exp(1 - 12 / 11), abs=1e-6)  # closest references: 6 + 5 + 1


def test_metrics_may_be_text_and_lists_anything_that_is_gone_through() -> None:
    found = aacbench.score((text for text in CANDIDATES), map(tuple, REFERENCES), "BLEU_1, rouge-l,cider_d")
    assert found == aacbench.score(CANDIDATES, REFERENCES, FAST)


def test_report_has_items_signatures_and_intervals() -> None:
    report = aacbench.score_report(CANDIDATES, REFERENCES, FAST, ids=["a", "b", "c"], resamples=100)
    assert report.items.ids == ("a", "b", "c")
    assert set(report.intervals) == set(FAST)
    assert report.items_table()[2]["file_name"] == "c"
    assert report.scores["bleu_1"].signature["references"] == "1-3"


def test_a_report_as_a_frame() -> None:
    frame = aacbench.score_report(CANDIDATES, REFERENCES, "rouge_l,vocabulary", ids=["a", "b", "nan"]).to_frame()
    assert [*frame.columns] == ["file_name", "caption", "rouge_l"]
    assert frame.dtypes.astype(str).to_list() == ["string", "string", "float64"]
    assert frame["file_name"].to_list() == ["a", "b", "nan"]
    assert frame["caption"].to_list() == CANDIDATES
    assert frame["rouge_l"].mean() == pytest.approx(0.6)


def test_perfect_captions_reach_the_stated_maximum() -> None:
    captions = ["a dog barks in the rain", "wind blows through tall trees", "a man speaks over a radio"]
    found = aacbench.score(captions, [[caption] * 2 for caption in captions], ["bleu_4", "rouge_l", "cider_d"])
    assert found == pytest.approx({"bleu_4": 1, "rouge_l": 1, "cider_d": 10}, abs=1e-6)


def test_mistakes() -> None:
    with pytest.raises(UserError, match="got 1 clips, 1 candidates and 2 lists"):
        aacbench.score(["x"], [["x"], ["y"]], FAST)
    with pytest.raises(UserError, match="unknown metric 'blue'"):
        aacbench.score(["x"], [["x"]], ["blue"])


@pytest.mark.parametrize(
    ("candidates", "references", "message"),
    [
        (["a", None], [["x"], ["y"]], r"candidates\[1\] is None; wanted a caption as text"),
        (["a", float("nan")], [["x"], ["y"]], r"candidates\[1\] is the number nan; wanted a caption"),
        (["a", 3], [["x"], ["y"]], r"candidates\[1\] is the number 3"),
        ([["a"], ["b"]], [["x"], ["y"]], r"candidates\[0\] is a list \(\['a'\]\)"),
        ([{"caption": "a"}], [["x"]], r"candidates\[0\] is a dict"),
        ([b"a"], [["x"]], r"candidates\[0\] is a bytes"),
        ({0: ["a"], 1: ["b"]}, {0: ["x"], 1: ["y"]}, r"candidates are a dictionary, as the COCO tools take"),
        (["a"], {0: ["x"]}, r"references are a dictionary.*\[references\[clip\] for clip in clips\]"),
        ("a dog", [["x"]], "candidates are a str .*; wanted a list"),
        (None, [["x"]], "candidates are None; wanted a list"),
        (["a"], ["a dog"], r"references\[0\] are a str .*; wanted a list, a caption each"),
        (["a"], [None], r"references\[0\] are None"),
        (["a"], [["x", None]], r"references\[0\]\[1\] is None; wanted a caption"),
        (["a"], [["x", float("nan")]], r"references\[0\]\[1\] is the number nan"),
        (["a"], 7, "references are the number 7; wanted a list, a list of captions a clip"),
        (["a"], [[]], "every clip needs at least one reference"),
    ],
)
def test_what_is_no_text_is_named(candidates: object, references: object, message: str) -> None:
    for function in (aacbench.score, aacbench.score_report):
        with pytest.raises(UserError, match=message):
            function(candidates, references, ["bleu"])  # type: ignore[arg-type]


@pytest.mark.parametrize("metrics", [3, [None], {"bleu": 1}, [["bleu"]], "", []])
def test_metrics_of_another_kind_are_named(metrics: object) -> None:
    with pytest.raises(UserError, match=r"metrics|no metric to compute"):
        aacbench.score(["a"], [["a"]], metrics)  # type: ignore[arg-type]


def test_systems_are_compared() -> None:
    better = ["a dog barks in the rain", "rain falls on the roof", "a car"]
    found = aacbench.compare(CANDIDATES, better, REFERENCES, "rouge_l", resamples=200)
    assert found["rouge_l"].difference > 0 and found["rouge_l"].items == 3
    first, second = (aacbench.score_report(one, REFERENCES, "rouge_l") for one in (CANDIDATES, better))
    assert aacbench.compare(first, second, resamples=200) == found
    with pytest.raises(UserError, match="a is a list of captions; wanted the references as a list"):
        aacbench.compare(CANDIDATES, better)


def by_path(paths: Sequence[Path]) -> list[str]:
    return [path.name for path in paths]


class Same:
    def caption(self, clips: Sequence[Clip]) -> list[str]:
        return [clip.captions[0] for clip in clips]


@pytest.mark.parametrize(
    ("captioner", "message"),
    [
        (lambda paths: ["one"], "gave 1 captions for 8 clips"),
        (lambda paths: [None] * len(paths), r"candidates\[0\] is None"),
        (3, "a captioner has `caption"),
    ],
)
def test_captioners_that_do_not_fit(captioner: Callable[..., list[str]], message: str, home: None) -> None:
    with pytest.raises(UserError, match=message):
        aacbench.evaluate(captioner, metrics="rouge_l", dataset_settings={"preset": "tiny"})


def test_any_captioner_is_evaluated(home: None) -> None:
    report = aacbench.evaluate(Same(), metrics="rouge_l", dataset_settings={"preset": "tiny"})
    assert report.scores["rouge_l"].corpus == 1 and len(report.items) == 8
    names = aacbench.evaluate(by_path, metrics="length", dataset_settings={"preset": "tiny"}, split="validation")
    assert names.items.candidates[0] == "validation-0001.wav"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(warm_home(tmp_path / "home")))


def test_a_run_and_what_is_read_of_it(tmp_path: Path, home: None) -> None:
    done = aacbench.run("floor", preset="smoke", metrics="rouge_l", output=tmp_path / "runs", device="cpu")
    again = aacbench.load_run(done.folder)
    assert again.record == done.record and again.scores == done.scores
    assert len(again.captions()) == 8 and {*again.captions()} == {str(row["file_name"]) for row in again.items()}
    frame = aacbench.load_runs(tmp_path / "runs")
    assert frame.loc[0, "method"] == "floor" and frame.loc[0, "clips"] == 8
    assert frame["seed"].dtype == "Int64" and frame["rouge_l"].dtype == "float64"
    samples = aacbench.load_runs(tmp_path / "runs", samples=True)
    assert len(samples) == 8 and samples["rouge_l"].mean() == pytest.approx(done.scores["rouge_l"])
    assert samples["caption"].to_list() == [*again.captions().values()]
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "record.json").write_text("{}")
    with pytest.warns(UserWarning, match="the run is left out"):
        assert len(aacbench.load_runs(tmp_path / "runs")) == 1
    with pytest.raises(UserError, match="is no folder"):
        aacbench.load_runs(tmp_path / "nowhere")


def test_a_board_as_a_frame() -> None:
    frame = aacbench.load_board(LEADERBOARD, "soundscapes")
    systems = frame[frame["kind"] == "system"]
    assert systems["rank"].dropna().is_monotonic_increasing and frame["rank"].dtype == "Int64"
    assert {"spider", "spider_spread", "spider_low", "spider_high"} <= {*frame.columns}
    with pytest.raises(UserError, match="unknown board 'soundscape'"):
        aacbench.load_board(LEADERBOARD, "soundscape")


def test_parts_are_listed_and_described() -> None:
    assert "rlssr" in aacbench.list_parts("methods")
    known = aacbench.describe("RLSSR", preset="quick", variant="base")
    settings = {one["name"]: one for one in known["settings"]}
    assert settings["pretrained"]["value"] is False and settings["pretrained"]["default"] is True
    assert settings["captions.train.lr"]["type"] == "float" and settings["similarity"]["type"].startswith("l1 | l2")
    assert json.dumps(known)
    with pytest.raises(UserError, match=r"unknown part 'rlsr'. Did you mean 'rlssr'"):
        aacbench.describe("rlsr")
    with pytest.raises(UserError, match="unknown variant of rlssr"):
        aacbench.describe("rlssr", variant="bass")


@pytest.mark.parametrize("kind", ["methods", "datasets", "encoders", "decoders", "pretraining", "metrics", "trackers"])
def test_every_setting_of_every_part_has_a_type_and_a_line_of_doc(kind: str) -> None:
    names = aacbench.list_parts(kind)
    assert names
    for name in names:
        for setting in aacbench.describe(name, kind)["settings"]:
            assert setting["doc"] and setting["type"], (kind, name, setting)


def test_the_public_names_are_typed_documented_and_listed() -> None:
    assert {*HOMES} < {*aacbench.__all__} == {*dir(aacbench)}
    for name in HOMES:
        function = getattr(aacbench, name)
        doc = inspect.getdoc(function)
        assert doc and "Raises:" in doc and len(doc.splitlines()) > 3, name
        signature = inspect.signature(function)
        assert signature.return_annotation is not signature.empty
        assert all(one.annotation is not one.empty for one in signature.parameters.values())
    with pytest.raises(AttributeError):
        aacbench.scroe  # noqa: B018
    assert typing.get_type_hints(aacbench.score)["return"] == dict[str, float]


def test_scoring_loads_neither_torch_nor_pandas_nor_boards() -> None:
    code = (
        "import aacbench, sys; aacbench.score(['a dog'], [['a dog']], 'bleu'); "
        "heavy = {'torch', 'pandas', 'transformers', 'jinja2', 'matplotlib', 'tabulate'} & set(sys.modules); "
        "sys.exit(','.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_no_record_holds_is_refused_before_anything_is_run(seed: int, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a seed is a whole number from 0 to 9223372036854775807"):
        aacbench.run("floor", preset="smoke", seed=seed, output=tmp_path)


def test_warnings_go_by_their_old_name_for_a_release() -> None:
    report = aacbench.score_report(["a dog"], [["a dog barks"]], metrics="rouge_l")
    with pytest.warns(DeprecationWarning, match="rename it"):
        assert report.cautions == report.warnings
