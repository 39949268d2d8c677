"""A third party's dataset, encoder, decoder, metric and method run end to end, and survive being killed anywhere."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.homes import warm_home

Aacbench = Callable[..., "subprocess.CompletedProcess[str]"]
RUN = ("run", "--method", "tones", "--dataset", "tones", "--metrics", "cider_d,pitch_accuracy")
FOLDER = Path("runs/tones/tones/small/seed0")


def outputs(folder: Path) -> tuple[bytes, bytes, object]:
    record = json.loads((folder / "record.json").read_text())
    return (folder / "predictions.csv").read_bytes(), (folder / "items.csv").read_bytes(), record["scores"]


@pytest.fixture(scope="module")
def finished(request: pytest.FixtureRequest, outsider: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that was never killed."""
    import os
    import sys

    root = Path(__file__).parents[2]
    place = tmp_path_factory.mktemp("finished")
    environment = {
        **os.environ,
        "AACBENCH_HOME": str(warm_home(place / "home")),
        "PYTHONPATH": os.pathsep.join([str(root), str(root / "plugins/rlssr"), str(outsider)]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "aacbench", *RUN], cwd=place, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return place / FOLDER


def test_record_says_what_ran_on_what(finished: Path) -> None:
    record = json.loads((finished / "record.json").read_text())
    assert (record["method"], record["variant"], record["seed"]) == ("tones", "small", 0)
    assert record["data"]["clips"] == {"training": 24, "validation": 6, "evaluation": 150}
    assert all(len(value) == 64 for value in record["data"]["fingerprints"].values())
    assert record["scores"]["pitch_accuracy"]["value"] > 0.9  # tones are easy
    assert record["scores"]["cider_d"]["signature"]
    assert [stage["name"] for stage in record["stages"]] == ["cross-entropy"]
    with (finished / "predictions.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 150
    assert set(rows[0]) == {"file_name", "caption_predicted"}
    assert {row["file_name"] for row in rows} == {f"evaluation-{index:03d}.wav" for index in range(150)}


@pytest.mark.parametrize("where", ["train:1", "train:14", "train:31", "decode:2", "score:1"])
def test_a_killed_run_goes_on_to_the_same_result(
    aacbench: Aacbench, tmp_path: Path, finished: Path, where: str
) -> None:
    killed = aacbench(*RUN, TONES_KILL=where)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / FOLDER / "record.json").exists()
    again = aacbench(*RUN)
    assert again.returncode == 0, again.stderr
    assert outputs(tmp_path / FOLDER) == outputs(finished)
    log = [json.loads(line) for line in (tmp_path / FOLDER / "stage1-cross-entropy/log.jsonl").read_text().splitlines()]
    assert [entry["epoch"] for entry in log] == list(range(1, 13))


def test_a_finished_run_is_loaded_not_run_again(aacbench: Aacbench, tmp_path: Path) -> None:
    first = aacbench(*RUN)
    assert first.returncode == 0, first.stderr
    start, *progress = first.stderr.splitlines()
    assert start.startswith("tones small (quick, seed 0) on tones 1")
    assert "(24 training, 6 validation, 150 evaluation clips), cpu, in runs/tones/tones/small/seed0" in start
    assert {"cross-entropy ...", "decoding ..."} <= set(progress)
    before = outputs(tmp_path / FOLDER)
    again = aacbench(*RUN, TONES_KILL="train:1")  # would die in training or decoding if there were any
    assert again.returncode == 0, again.stderr
    assert (
        again.stderr.splitlines()[-1]
        == f"this run was finished before and is loaded from {FOLDER}; --fresh runs it anew"
    )
    assert aacbench(*RUN, TONES_KILL="decode:1").returncode == 0
    assert outputs(tmp_path / FOLDER) == before
    fresh = aacbench(*RUN, "--fresh", TONES_KILL="train:1")
    assert fresh.returncode == -signal.SIGKILL
    assert "finished before" not in first.stderr + aacbench(*RUN).stderr  # what was killed is trained


def test_other_settings_train_again(aacbench: Aacbench, tmp_path: Path, finished: Path) -> None:
    short = aacbench(*RUN, "--set", "captions.train.epochs=1")
    assert short.returncode == 0, short.stderr
    assert outputs(tmp_path / FOLDER)[0] != outputs(finished)[0]
    wide = aacbench(*RUN, "--variant", "wide", "--seed", "3")
    assert wide.returncode == 0, wide.stderr
    assert (tmp_path / "runs/tones/tones/wide/seed3/record.json").exists()


def test_caption_files_with_a_finished_run(aacbench: Aacbench, finished: Path) -> None:
    wav = finished.parents[4] / "tones" / "evaluation-001.wav"
    done = aacbench("caption", wav, "--run", finished)
    assert done.returncode == 0, done.stderr
    path, text = done.stdout.strip().split("\t")
    assert path == str(wav)
    assert "middle" in text
    assert aacbench("caption", "nowhere.wav", "--run", finished).returncode == 2
    some = aacbench("caption", "nowhere.wav", wav, "--run", finished)
    assert (some.returncode, some.stdout) == (2, done.stdout)
    assert "nowhere.wav" in some.stderr
    lost = aacbench("caption", wav, "--run", "nowhere")
    assert lost.returncode == 2
    assert "no finished run" in lost.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--method", "tonse"), "unknown method 'tonse'. Did you mean 'tones'"),
        (("--method", "tones", "--dataset", "tone"), "unknown dataset 'tone'. Did you mean 'tones'"),
        (("--method", "tones", "--dataset", "tones", "--variant", "wid"), "Did you mean 'wide'"),
        (("--method", "tones", "--dataset", "tones", "--preset", "fast"), "unknown preset of tones 'fast'"),
        (("--method", "tones", "--dataset", "tones", "--set", "search.beem_size=3"), "search.beam_size"),
        (("--method", "tones", "--dataset", "tones", "--set", "search.beam_size=0"), "greater than or equal to 1"),
        (("--method", "tones", "--dataset", "tones", "--set", "search"), "--set wants KEY=VALUE"),
        (("--method", "tones", "--dataset", "tones", "--metrics", "ciderd"), "unknown metric 'ciderd'"),
        (("--method", "tones", "--dataset", "tones", "--device", "cuda:99"), "no device 'cuda:99'"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_2(
    aacbench: Aacbench, arguments: tuple[str, ...], message: str
) -> None:
    done = aacbench("run", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
