"""`aacbench table`: the table of a paper from runs over seeds and from files of predictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import aacbench
from aacbench.cli import cli
from aacbench.errors import UserError

NAMES = ("dog", "cat", "cow", "car", "train", "bird")


def table(*arguments: object) -> str:
    done = CliRunner().invoke(cli, ["table", *map(str, arguments)])
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Predictions of two systems, the second always right, and references."""
    folder = tmp_path_factory.mktemp("predictions")
    right = [f"the {name} is heard in the rain" for name in NAMES]
    head = "file_name,caption_predicted\n"
    (folder / "weak.csv").write_text(head + "".join(f"{name}.wav,a sound\n" for name in NAMES))
    (folder / "strong.csv").write_text(head + "".join(f"{n}.wav,{r}\n" for n, r in zip(NAMES, right, strict=True)))
    rows = "".join(f"{n}.wav,{r}\n" for n, r in zip(NAMES, right, strict=True))
    (folder / "references.csv").write_text("file_name,caption_1\n" + rows)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two baselines on two seeds, scored with three metrics."""
    folder = tmp_path_factory.mktemp("table")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AACBENCH_HOME", str(folder / "home"))
        for method in ("floor", "nearest"):
            for seed in (0, 1):
                settings = {"metrics": "rouge_l,bleu,length", "output": folder / "runs", "device": "cpu"}
                aacbench.run(method, preset="smoke", seed=seed, **settings)  # type: ignore[arg-type]
    return folder / "runs"


def test_predictions_in_latex(files: Path) -> None:
    arguments = [files / "weak.csv", files / "strong.csv", "-r", files / "references.csv", "-m", "rouge_l,bleu_1"]
    text = table(*arguments, "--percent", "--stars", "--ci", "--format", "latex_booktabs")
    assert r"\toprule" in text and "ROUGE-L" in text
    strong = next(line for line in text.splitlines() if line.startswith(" strong"))
    assert r"\textbf{100.0 [100.0, 100.0]}$^{*}$" in strong
    assert "% against the first row: * p < .05" in text
    plain = table(*arguments)
    assert "_1.000_" in plain and "*" not in plain


def test_runs_over_seeds(runs: Path) -> None:
    found = json.loads(table(runs, "-m", "rouge_l,length", "--ci", "--stars", "--format", "json"))
    assert [row["system"] for row in found] == ["floor (smoke)", "nearest (smoke)"]
    frame = aacbench.load_runs(runs)
    for row, (_, group) in zip(found, frame.groupby("method"), strict=True):
        assert row["seeds"] == 2
        assert row["rouge_l"]["mean"] == pytest.approx(group["rouge_l"].mean())
        assert row["rouge_l"]["spread"] == pytest.approx(group["rouge_l"].std())
        assert row["rouge_l"]["low"] <= row["rouge_l"]["mean"] <= row["rouge_l"]["high"]
        assert row["length"]["best"] is False
    assert [row["rouge_l"]["best"] for row in found].count(True) == 1
    assert found[0]["rouge_l"]["p"] is None and 0 <= found[1]["rouge_l"]["p"] <= 1


def test_digits_and_the_best(runs: Path) -> None:
    two = table(runs, "-m", "rouge_l", "--digits", "2", "--best", "none")
    assert "_" not in two.replace("rouge_l", "") and "±" in two
    assert "_" in table(runs, "-m", "rouge_l").replace("rouge_l", "")


def test_mistakes(runs: Path, files: Path) -> None:
    with pytest.raises(UserError, match="holds no finished run"):
        table(files)
    with pytest.raises(UserError, match="needs --references"):
        table(files / "weak.csv")
    with pytest.raises(UserError, match="cider_d was not scored for 'floor"):
        table(runs, "-m", "cider_d")
    with pytest.raises(UserError, match=r"--output .* which is read"):
        table(files / "weak.csv", "-r", files / "references.csv", "-o", files / "weak.csv")
