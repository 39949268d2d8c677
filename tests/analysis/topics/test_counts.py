"""Counts by hand, recall by hand, and the real Clotho captions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aacbench.analysis.topics import GLOBAL, LOCAL, count, recall
from aacbench.cli import cli
from aacbench.errors import UserError


def test_counts_by_hand() -> None:
    found = count(["A dog barks loudly in a park", "dogs bark and a zyzzyva annoyingly"])
    assert found.words == {"source": 2, "action": 2, "property": 1, "scene": 1, "abstraction": 1}
    assert found.captions_with == {"source": 2, "action": 2, "property": 1, "scene": 1, "abstraction": 1}
    assert (found.unknown, found.top_unknown) == (1, (("zyzzyva", 1),))
    assert found.coverage == pytest.approx(7 / 8)
    assert found.share(LOCAL) == pytest.approx(5 / 7)
    assert found.share(GLOBAL) == pytest.approx(2 / 7)
    assert found.top["source"] == (("dog", 2),)
    with pytest.raises(UserError, match="got none"):
        count([])


def test_recall_by_hand() -> None:
    candidates = ["a dog barks in a park", "rain"]
    references = [["dogs barking loudly", "a dog and a cat in the street"], ["rain falls", "heavy rain"]]
    found = recall(candidates, references)
    source = found["source"]  # dog of dog; dog of dog and cat; rain of rain, twice
    assert source.recall == pytest.approx(4 / 5)
    assert (source.precision, source.reference_words, source.candidate_words) == (1.0, 5, 2)
    assert found["action"].recall == pytest.approx(1 / 2)  # bark, and falls that was not said
    assert (found["scene"].recall, found["scene"].precision) == (0.0, 0.0)
    assert (found["abstraction"].recall, found["abstraction"].precision) == (None, None)
    assert found["local"].recall == pytest.approx((2 + 1 + 1 + 1) / (3 + 2 + 2 + 2))
    with pytest.raises(UserError, match="wanted as many"):
        recall(["a"], [])


@pytest.mark.parametrize(("split", "clips"), [("evaluation", 1045), ("validation", 1045)])
def test_real_clotho_captions_are_covered(test_data: Path, split: str, clips: int) -> None:
    with (test_data / f"clotho-captions/v2/clotho_captions_{split}.csv").open(encoding="utf-8") as handle:
        captions = [row[f"caption_{number}"] for row in csv.DictReader(handle) for number in range(1, 6)]
    found = count(captions)
    assert found.captions == 5 * clips
    assert found.coverage > 0.95
    assert 0.75 < found.share(LOCAL) < 0.9  # mostly local
    assert found.captions_with["source"] > 0.9 * found.captions
    assert found.top["source"][0][0] in ("bird", "water")


def run(*arguments: object) -> tuple[int, str, object]:
    done = CliRunner().invoke(cli, ["topics", *map(str, arguments)])
    return done.exit_code, done.output, done.exception


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    predictions, references = tmp_path / "p.csv", tmp_path / "r.csv"
    predictions.write_text("file_name,caption_predicted\na.wav,a dog barks in a park\nb.wav,rain\n")
    references.write_text(
        "file_name,caption_1,caption_2\na.wav,dogs barking loudly,a dog in the street\nb.wav,rain,rain falls\n"
    )
    return predictions, references


def test_command(files: tuple[Path, Path]) -> None:
    predictions, references = files
    code, text, _ = run(predictions, "--references", references, "--json")
    assert code == 0
    shown = json.loads(text)
    assert shown["captions"] == 2
    assert shown["recall"]["source"]["recall"] == 1.0
    assert shown["topics"]["scene"]["words"] == 1
    for file, captions in ((predictions, 2), (references, 4)):
        code, text, _ = run(file, "--json")
        assert code == 0
        assert json.loads(text)["captions"] == captions
    code, text, _ = run(predictions, "--references", references)
    assert code == 0
    assert "precision" in text
    assert "local" in text


def test_command_mistakes(files: tuple[Path, Path], tmp_path: Path) -> None:
    predictions, references = files
    other = tmp_path / "other.csv"
    other.write_text("file_name,caption_predicted\nz.wav,a dog\n")
    for arguments, message in (
        ((), "got neither"),
        ((predictions, "--dataset", "clotho"), "got both"),
        (("--dataset", "clotho", "--references", references), "goes with a predictions file"),
        ((other, "--references", references), "no file name of"),
    ):
        code, _, error = run(*arguments)
        assert code != 0
        assert isinstance(error, UserError)
        assert message in str(error)
