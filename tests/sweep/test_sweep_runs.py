"""Sweeps end to end: what is missing is run, failures are told apart, and nothing outlives a killed sweep."""

from __future__ import annotations

import csv
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forked import Done

pytestmark = pytest.mark.slow
SWEEP = """
output = "runs"
[resources]
cpus = 1
[[runs]]
methods = ["floor", "nearest"]
datasets = "tones"
metrics = ["cider_d", "pitch_accuracy"]
[[runs]]
methods = "tones"
datasets = "tones"
seeds = [0, 1]
metrics = ["cider_d", "pitch_accuracy"]
settings.captions.train.epochs = 4
"""
ENSEMBLE = """
[[runs]]
methods = "ensemble"
datasets = "tones"
metrics = ["cider_d", "pitch_accuracy"]
members = ["runs/tones/tones/small/seed0", "runs/tones/tones/small/seed1"]
"""


def finish(process: Any, code: int = 0, seconds: float = 300) -> tuple[str, str]:
    out, err = process.communicate(timeout=seconds)
    assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err
    return out, err


@pytest.fixture(scope="module")
def swept(start: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A finished sweep's working directory, and what it said."""
    place = tmp_path_factory.mktemp("swept")
    (place / "sweep.toml").write_text(SWEEP + ENSEMBLE)
    return place, *finish(start(place, "sweep", "sweep.toml", "--jobs", 2))


def test_a_sweep_runs_what_is_asked_for_and_sums_it_up_over_seeds(swept: tuple[Path, str, str]) -> None:
    place, out, err = swept
    runs = place / "runs/tones"
    records = [json.loads((runs / "tones/small" / f"seed{seed}" / "record.json").read_text()) for seed in (0, 1)]
    (ensemble,) = (runs / "ensemble").glob("*/seed0/record.json")
    assert json.loads(ensemble.read_text())["stages"][0]["summary"]["members"][1]["seed"] == 1
    assert "[5/5] finished: tones/ensemble/" in err
    summary = json.loads((place / "runs/sweep.json").read_text())
    assert [run["state"] for run in summary["runs"]] == ["finished"] * 5
    (row,) = [row for row in summary["summary"] if row["method"] == "tones"]
    values = [record["scores"]["cider_d"]["value"] for record in records]
    assert row["seeds"] == [0, 1]
    assert row["scores"]["cider_d"]["mean"] == pytest.approx(sum(values) / 2, abs=1e-12)
    assert row["scores"]["cider_d"]["spread"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5, abs=1e-12)
    with (place / "runs/sweep.csv").open() as handle:
        rows = [one for one in csv.DictReader(handle) if (one["method"], one["metric"]) == ("tones", "cider_d")]
    assert [float(one["mean"]) for one in rows] == [row["scores"]["cider_d"]["mean"]]
    assert "5 finished; summary: runs/sweep.json" in out


def test_a_finished_sweep_starts_nothing_and_other_settings_are_left_alone(
    swept: tuple[Path, str, str], told: Callable[..., Done]
) -> None:
    place, out, _ = swept
    (place / "again.toml").write_text(SWEEP + ENSEMBLE)
    (place / "other.toml").write_text(SWEEP.replace("epochs = 4", "epochs = 3"))
    listed = told(place, "sweep", "sweep.toml", "--dry-run")
    assert listed.code == 0 and "5 runs: 5 finished" in listed.output
    same = told(place, "sweep", "again.toml")
    assert same.code == 0 and "running" not in same.errors
    assert same.output == out.replace("sweep.json", "again.json")
    before = (place / "runs/tones/tones/small/seed0/record.json").read_bytes()
    refused = told(place, "sweep", "other.toml")
    assert refused.code == 1 and "Traceback" not in listed.errors + same.errors + refused.errors
    assert "other settings: tones/tones/small/seed0: captions.train.epochs is 4, asked for 3" in refused.output
    assert (place / "runs/tones/tones/small/seed0/record.json").read_bytes() == before


def test_failures_are_told_apart_and_stop_nobody(start: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "flaky.toml").write_text(
        '[resources]\nretries = 1\n[[runs]]\nmethods = "flaky"\nvariants = ["always", "once", "mistake"]\n'
        'datasets = "bits"\nmetrics = "bleu"\n'
    )
    out, err = finish(start(tmp_path, "sweep", "flaky.toml", "--jobs", 2), 1)
    folder = tmp_path / "runs/bits/flaky"
    attempts = {path.parts[-4]: len(path.read_text().splitlines()) for path in folder.glob("*/*/*/attempts.txt")}
    assert attempts == {"always": 2, "once": 2, "mistake": 1}
    assert (folder / "once/seed0/record.json").is_file()
    log = "runs/bits/flaky/always/seed0/run.log"
    assert f"failed: bits/flaky/always/seed0: it is broken on purpose (log: {log})" in out
    assert "failed: bits/flaky/mistake/seed0: it was asked for wrongly on purpose" in out
    assert "killed by SIGKILL (out of memory?); again (1 of 1)" in err
    assert "1 finished" in out
    states = {run["run"]: run["attempts"] for run in json.loads((tmp_path / "runs/flaky.json").read_text())["runs"]}
    assert states["bits/flaky/once/seed0"] == 2
    assert (tmp_path / log).read_text().count("it is broken on purpose") == 2


def test_a_killed_sweep_leaves_nobody_behind_and_goes_on(start: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(
        '[[runs]]\nmethods = "flaky"\nvariants = ["plain", "other"]\ndatasets = "bits"\nmetrics = "bleu"\n'
    )
    killed = start(tmp_path, "sweep", "two.toml", "--jobs", 2, FLAKY_SECONDS="600")
    folder = tmp_path / "runs/bits/flaky"
    logs = [folder / variant / "seed0/run.log" for variant in ("plain", "other")]
    wait_for(lambda: any("is being computed by runs/bits/flaky/" in read(log) for log in logs))
    wait_for(lambda: any(read(path) for path in folder.glob("*/child.pid")))
    (child,) = [int(read(path)) for path in folder.glob("*/child.pid")]
    (calls,) = (tmp_path / "home/stages").glob("pretrain-slowly-*/calls.txt")
    worker = int(read(calls).split()[1])
    assert lives(child) and lives(worker)
    killed.kill()
    killed.communicate()
    wait_for(lambda: not lives(child) and not lives(worker), 20)
    out, err = finish(start(tmp_path, "sweep", "two.toml", "--jobs", 2))
    assert "2 runs: 2 started" in err
    assert "2 finished" in out
    assert [line.split()[0] for line in read(calls).splitlines()] == ["begin", "begin", "end"]  # one pretraining


def wait_for(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def lives(process: int) -> bool:
    """Whether a process is there; one that ended and that nobody asked after is not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or read(status).rpartition(")")[2].split()[0] != "Z"


def test_stopping_a_sweep_says_so(start: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('[[runs]]\nmethods = "flaky"\ndatasets = "bits"\nmetrics = "bleu"\n')
    process = start(tmp_path, "sweep", "one.toml", FLAKY_SECONDS="600")
    wait_for(lambda: any(read(path) for path in (tmp_path / "runs/bits/flaky").glob("*/child.pid")))
    process.send_signal(signal.SIGTERM)
    _, err = finish(process, 130, 30)
    assert err.endswith("aacbench: stopped; the same command goes on from here\n")
    (run,) = json.loads((tmp_path / "runs/one.json").read_text())["runs"]
    assert (run["state"], run["note"]) == ("started", "stopped")


def test_a_ray_cluster_of_two_workers_gives_what_one_machine_does(
    swept: tuple[Path, str, str], start: Callable[..., Any], tmp_path: Path
) -> None:
    pytest.importorskip("ray", reason="ray is not installed")
    (tmp_path / "sweep.toml").write_text(SWEEP.replace('["floor", "nearest"]', '"floor"'))
    out, _ = finish(start(tmp_path, "sweep", "sweep.toml", "--ray", "local", "--jobs", 2))
    assert "3 finished" in out
    for seed in (0, 1):
        here, there = (place / f"runs/tones/tones/small/seed{seed}" for place in (swept[0], tmp_path))
        assert (there / "predictions.csv").read_bytes() == (here / "predictions.csv").read_bytes()
        assert (there / "items.csv").read_bytes() == (here / "items.csv").read_bytes()
        scores = [json.loads((folder / "record.json").read_text())["scores"] for folder in (here, there)]
        assert scores[0] == scores[1]
    logs = [read(path) for path in (tmp_path / "runs/tones/tones/small").glob("*/run.log")]
    assert len(logs) == 2 and all("aacbench run --method=tones" in log for log in logs)
