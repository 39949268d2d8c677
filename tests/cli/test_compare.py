"""`aacbench compare`: two predictions files, two score tables, two runs; refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def better(files: tuple[Path, Path]) -> Path:
    path = files[0].with_name("better.csv")
    path.write_text(
        "file_name,caption_predicted\nc.wav,a woman speaks loudly\na.wav,a dog barks in the rain\nb.wav,rain falls\n"
    )
    return path


def test_two_predictions_files(process: Run, files: tuple[Path, Path], better: Path) -> None:
    arguments = ("compare", files[0], better, "-r", files[1], "-m", "rouge_l,cider_d", "--by", "rouge_l")
    done = process(*arguments, "--resamples", "500", "--clips", "1")
    assert done.returncode == 0, done.stderr
    assert "p (randomisation)" in done.stdout
    _, clips = done.stdout.split("clips that differ most in rouge_l\n")
    assert clips.splitlines()[1].split()[0] == "c.wav" and clips.rstrip().endswith("a woman speaks loudly")


def test_json_of_score_tables(command: Run, files: tuple[Path, Path], better: Path) -> None:
    for number, path in enumerate((files[0], better)):
        command("score", path, "-r", files[1], "-m", "bleu_1,rouge_l", "--items", f"items{number}.csv")
    done = command("compare", "items0.csv", "items1.csv", "--json", "--resamples", "300")
    content = json.loads(done.stdout)
    assert set(content["metrics"]) == {"bleu_1", "rouge_l"}
    found = content["metrics"]["rouge_l"]
    assert found["difference"] == pytest.approx(found["b"] - found["a"])
    assert found["items"] == 3 and 0 < found["p_randomisation"] <= 1
    assert content["clips"][0]["metric"] == "rouge_l"


def test_corpus_scores_are_compared_as_they_are_reported(command: Run, files: tuple[Path, Path], better: Path) -> None:
    done = command("compare", files[0], better, "-r", files[1], "-m", "bleu_1,rouge_l", "--resamples", "300", "--json")
    found = json.loads(done.stdout)["metrics"]
    assert found["bleu_1"]["of_corpus"] and not found["rouge_l"]["of_corpus"]
    scored = json.loads(command("score", better, "-r", files[1], "-m", "bleu_1", "--json").stdout)
    assert found["bleu_1"]["b"] == pytest.approx(scored["scores"]["bleu_1"])


def test_several_systems_make_a_matrix(command: Run, files: tuple[Path, Path], better: Path) -> None:
    arguments = ("compare", files[0], better, files[0], "-r", files[1], "-m", "rouge_l", "--resamples", "300")
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    assert "above B" in done.stdout and "Holm over 3 pairs" in done.stdout
    assert next(row for row in rows if "better.csv" in row).split()[0] == "B"
    found = json.loads(command(*arguments, "--json").stdout)["metrics"]["rouge_l"]
    assert found["order"][0] == str(better) and len(found["pairs"]) == 3
    same = next(pair for pair in found["pairs"] if pair["systems"] == [str(files[0])] * 2)
    assert same["difference"] == 0 and same["p_randomisation"] == 1
    pair = json.loads(command(*arguments[:3], *arguments[4:], "--json").stdout)["metrics"]["rouge_l"]
    assert found["pairs"][0]["p_randomisation"] == pytest.approx(min(1, 3 * pair["p_randomisation"]))
    assert "only for two systems" in command(*arguments, "--by", "rouge_l").stderr
    assert "two systems or more" in command("compare", files[0]).stderr


def run_folder(place: Path, scores: str, signature: dict[str, str]) -> Path:
    place.mkdir()
    (place / "items.csv").write_text(scores)
    (place / "predictions.csv").write_text("file_name,caption_predicted\na,caption one\nb,caption two\n")
    record = {"scores": {"rouge_l": {"value": 0.5, "signature": signature}}}
    (place / "record.json").write_text(json.dumps(record))
    return place


def test_two_runs(command: Run, tmp_path: Path) -> None:
    signature = {"metric": "rouge_l", "references": "5", "aacbench": "0.1"}
    first = run_folder(tmp_path / "one", "file_name,rouge_l,reference_length\na,0.5,7\nb,0.25,8\n", signature)
    scores = "file_name,rouge_l,reference_length\nb,0.5,8\na,0.5,7\n"
    second = run_folder(tmp_path / "two", scores, {**signature, "aacbench": "0.2"})
    done = command("compare", first, second)
    assert done.returncode == 0, done.stderr
    assert "+0.1250" in done.stdout and "caption two" in done.stdout
    assert "reference_length" not in done.stdout  # of the references alone
    assert "reference_length" in command("compare", first, second, "--metrics", "reference_length").stdout


def test_runs_scored_in_different_ways_are_refused(command: Run, tmp_path: Path) -> None:
    table = "file_name,rouge_l\na,0.5\nb,0.25\n"
    first = run_folder(tmp_path / "one", table, {"references": "5"})
    second = run_folder(tmp_path / "two", table, {"references": "4"})
    done = command("compare", first, second)
    assert done.returncode == 2
    assert "not computed in the same way for both (references: '5' and '4')" in done.stderr


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("file_name,rouge_l\na,0.5\nz,1\n", "not of the same clips: 2 are in one only, e.g. 'b', 'z'"),
        ("file_name,bleu_1\na,0.5\nb,1\n", "no metric is in both"),
        ("file_name,rouge_l\na,half\nb,1\n", "line 2: 'half' is not a number"),
        ("file_name,rouge_l\na,nan\nb,1\n", "line 2: 'nan' is not a finite score"),
        ("file_name,rouge_l\na,1\na,1\n", "line 3: wanted one row a clip"),
        ("file_name,caption_predicted\na,x\nb,y\n", "holds captions, not scores; add --references"),
    ],
)
def test_refusals(second: str, message: str, command: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("file_name,rouge_l\na,0.5\nb,0.25\n")
    (tmp_path / "two.csv").write_text(second)
    done = command("compare", "one.csv", "two.csv")
    assert done.returncode == 2
    assert message in done.stderr and len(done.stderr.splitlines()) == 1


def test_unknown_metric_and_folder_without_scores(command: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("file_name,rouge_l\na,0.5\nb,0.25\n")
    (tmp_path / "empty").mkdir()
    assert (
        "unknown metric 'rouge'. Did you mean 'rouge_l'"
        in command("compare", "one.csv", "one.csv", "--by", "rouge").stderr
    )
    assert "holds no items.csv" in command("compare", "empty", "one.csv").stderr


@pytest.mark.parametrize("seed", ["-1", str(2**63), "1e3", "9" * 5000])
@pytest.mark.parametrize(
    "line",
    [
        ("run", "floor", "--dry-run"),
        ("score", "x.csv", "-r", "y.csv"),
        ("compare", "x.csv", "y.csv"),
        ("metaeval", "z.json"),
    ],
    ids=lambda line: line[0],
)
def test_a_seed_of_any_size_is_one_line(command: Run, line: tuple[str, ...], seed: str) -> None:
    done = command(*line, "--seed", seed)
    assert done.returncode == 2 and "--seed" in done.stderr and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
