"""`aacbench score`: table, JSON, per-clip scores, intervals, engines, warnings, and clear lines for
mistakes."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FAST = ("--metrics", "bleu,rouge_l,cider_d")


def test_the_table_shows_scores_and_what_they_were_computed_with(process: Run, files: tuple[Path, Path]) -> None:
    done = process("score", files[0], "--references", files[1], *FAST)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["metric", "score", "signature"]
    assert [line.split()[0] for line in lines[1:7]] == [
        "bleu_1",
        "bleu_2",
        "bleu_3",
        "bleu_4",
        "rouge_l",
        "cider_d",
    ]
    assert "refs:1-2" in lines[7] and "items:3" in lines[7]
    assert len(done.stderr.splitlines()) == 1
    assert "1 empty cell in the 2 columns of references; 1 of 3 clips are scored against fewer: 'b.wav'" in done.stderr


def test_json_has_scores_signatures_and_items(command: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    printed = command("score", files[0], "-r", files[1], "-m", "bleu_4,cider_d", "--json")
    content = json.loads(printed.stdout)
    assert set(content["scores"]) == set(content["signatures"]) == {"bleu_4", "cider_d"}
    assert content["items"] == 3
    written = command("score", files[0], "-r", files[1], "-m", "bleu_4,cider_d", "--json", "out/scores.json")
    assert json.loads((tmp_path / "out" / "scores.json").read_text()) == content
    assert "cider_d" in written.stdout


def test_items_file_has_a_row_a_clip(command: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    assert command("score", files[0], "-r", files[1], *FAST, "--items", "items.csv").returncode == 0
    with (tmp_path / "items.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["file_name"] for row in rows] == ["a.wav", "b.wav", "c.wav"]
    assert float(rows[0]["rouge_l"]) == 1.0
    assert set(rows[0]) == {"file_name", "bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"}


def test_intervals(command: Run, files: tuple[Path, Path]) -> None:
    done = command("score", files[0], "-r", files[1], "-m", "rouge_l", "--ci", "--resamples", "200", "--json")
    content = json.loads(done.stdout)
    interval = content["intervals"]["rouge_l"]
    assert interval["low"] <= content["scores"]["rouge_l"] <= interval["high"]
    assert interval["resamples"] == 200
    assert "95 % interval" in command("score", files[0], "-r", files[1], "-m", "rouge_l", "--ci").stdout


@pytest.mark.skipif(shutil.which("java") is None, reason="the reference engine's tokenizer needs Java")
def test_both_engines_agree(command: Run, files: tuple[Path, Path]) -> None:
    done = command("score", files[0], "-r", files[1], *FAST, "--engine", "both", "--json")
    assert done.returncode == 0, done.stderr
    differences = json.loads(done.stdout)["differences"]
    assert set(differences) == {"bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"}
    assert all(found["corpus"] < 1e-9 and found["item"] < 1e-9 for found in differences.values())


def test_reference_engine_without_java_is_one_clear_line(
    command: Run, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    done = command("score", files[0], "-r", files[1], *FAST, "--engine", "reference")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "Java" in done.stderr


def test_one_clip_is_cautioned(command: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("file_name,caption_predicted\na.wav,a dog\n")
    (tmp_path / "r.csv").write_text("file_name,caption_1\na.wav,a dog\n")
    done = command("score", "p.csv", "-r", "r.csv", "-m", "cider_d", "--json")
    assert "caution: CIDEr-D" in done.stderr
    content = json.loads(done.stdout)
    assert content["scores"]["cider_d"] == 0 and "0 by definition" in content["warnings"][0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "cider"), "unknown metric 'cider'. Did you mean 'cider_d'"),
        (("-m", "bleu", "--set", "bleu"), "--set wants METRIC.KEY=VALUE"),
        (("-m", "bleu", "--set", "rouge_l.beta=1"), "the metric 'rouge_l' is not computed"),
        (("-m", "rouge_l", "--set", "rouge_l.gamma=1"), "does not take these settings"),
        (("-m", "bleu", "--ci", "--resamples", "3"), "at least 100 resamples"),
    ],
)
def test_mistakes_end_with_exit_code_2(
    arguments: tuple[str, ...], message: str, command: Run, files: tuple[Path, Path]
) -> None:
    done = command("score", files[0], "-r", files[1], *arguments)
    assert done.returncode == 2
    assert message in done.stderr and len(done.stderr.splitlines()) == 1


def test_missing_predictions(command: Run, files: tuple[Path, Path]) -> None:
    files[0].write_text("file_name,caption_predicted\na.wav,x\nb.wav,y\n")
    done = command("score", files[0], "-r", files[1], *FAST)
    assert done.returncode == 2 and "1 of 3 clips" in done.stderr and "'c.wav'" in done.stderr
    partial = command("score", files[0], "-r", files[1], *FAST, "--partial")
    assert partial.returncode == 0 and "left out: 'c.wav'" in partial.stderr


def test_a_setting_reaches_its_metric(command: Run, files: tuple[Path, Path]) -> None:
    done = command("score", files[0], "-r", files[1], "-m", "rouge_l", "--set", "rouge_l.beta=2", "--signatures")
    assert "rouge_l|v:1|beta:2|" in done.stdout


def test_ranked_lists_get_retrieval_metrics(command: Run, test_data: Path) -> None:
    folder = test_data / "retrieval" / "dcase2022-baseline"
    done = command("score", folder / "test.output.csv", "-r", folder / "test.gt.csv", "--json")
    content = json.loads(done.stdout)
    assert round(content["scores"]["map_at_10"], 4) == 0.0679
    assert content["items"] == 5225


def test_scoring_text_imports_neither_torch_nor_pandas(files: tuple[Path, Path]) -> None:
    program = (
        "import sys; from aacbench.cli import cli; "
        f"cli(['score', {str(files[0])!r}, '-r', {str(files[1])!r}, '-m', 'bleu,rouge_l,cider_d'], "
        "standalone_mode=False); "
        "heavy = {'torch', 'transformers', 'pandas', 'numba', 'scipy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
