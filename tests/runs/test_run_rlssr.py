"""The main job on the embedded dataset and on real Clotho clips, killed and repeated, as a user runs it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.host import manager
from aacbench.runs.execute import RunRequest
from aacbench.runs.execute import run as run_request
from tests.forked import Done, Zygote

ROOT = Path(__file__).parents[2]
METRICS = ("--metrics", "bleu,rouge_l,cider_d")
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder and one cache for the module: pretraining and audio are made once, as for a user."""
    return tmp_path_factory.mktemp("user")


def environment(place: Path) -> dict[str, str]:
    return {**os.environ, "AACBENCH_HOME": str(place / "home"), "COLUMNS": "120"}


@pytest.fixture
def run(zygote: Zygote, place: Path) -> Run:
    """Runs in the module's folder, with its cache."""
    return lambda *arguments: zygote.finished("run", *arguments, cwd=place, home=place / "home")


def outputs(folder: Path) -> tuple[bytes, bytes, object]:
    scores = json.loads((folder / "record.json").read_text())["scores"]
    return (folder / "predictions.csv").read_bytes(), (folder / "items.csv").read_bytes(), scores


@pytest.mark.slow
def test_every_variant_runs_on_soundscapes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(place / "home"))
    registries = manager.load().registries
    for variant in registries.methods["rlssr"].variants:
        request = RunRequest(
            method="rlssr",
            dataset="soundscapes",
            variant=variant.name,
            preset="smoke",
            output=place / "runs",
            metrics=["bleu", "cider_d"],
        )
        record, folder = run_request(request, registries)
        assert folder == place / f"runs/soundscapes/rlssr/{variant.name}/seed0-smoke"
        assert record.variant == variant.name
        assert record.data.clips == {"training": 24, "evaluation": 8, "validation": 8}
        pretrained = ["pretrain-audio-tagging"] if variant.settings["pretrained"] else []
        assert [stage.name for stage in record.stages] == [*pretrained, "cross-entropy"]


@pytest.mark.slow
def test_a_run_killed_at_any_moment_ends_the_same(run: Run, place: Path) -> None:
    """SIGKILL at moments that no code chose, again and again, until the run gets through."""
    arguments = ("--method", "rlssr", "--variant", "base+l1", "--preset", "smoke", *METRICS)
    run(*arguments, "--output", "whole")
    command = [sys.executable, "-m", "aacbench", "run", *arguments, "--output", "cut"]
    kills = 0
    for moment in (2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 600.0):
        with subprocess.Popen(command, cwd=place, env=environment(place), stderr=subprocess.PIPE) as process:
            try:
                process.communicate(timeout=moment)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
                continue
        if (place / "cut/soundscapes/rlssr/base+l1/seed0-smoke/record.json").exists():
            break
        time.sleep(0.1)
    assert kills
    folders = [place / start / "soundscapes/rlssr/base+l1/seed0-smoke" for start in ("whole", "cut")]
    assert outputs(folders[0]) == outputs(folders[1])


@pytest.mark.slow
def test_quick_is_twice_the_floors_on_soundscapes(run: Run, place: Path) -> None:
    scores = {}
    for method in ("floor", "nearest", "human", "rlssr"):
        run("--method", method, "--dataset", "soundscapes", *METRICS)
        (record,) = (place / f"runs/soundscapes/{method}").glob("*/seed0/record.json")
        scores[method] = json.loads(record.read_text())["scores"]["cider_d"]["value"]
    assert scores["rlssr"] >= 2 * scores["floor"], scores
    assert scores["rlssr"] >= 2 * scores["nearest"], scores
    assert scores["human"] > scores["rlssr"], scores


@pytest.mark.slow
def test_quick_runs_on_real_clotho_clips(run: Run, place: Path, test_data: Path) -> None:
    run("--method", "rlssr", "--dataset", "clotho", "--data-dir", test_data / "clotho-mini", *METRICS)
    folder = place / "runs/clotho/rlssr/base+pann+l1/seed0"
    record = json.loads((folder / "record.json").read_text())
    assert record["data"]["clips"] == {"training": 32, "validation": 24, "evaluation": 20}
    assert record["stages"][0]["summary"]["dataset"] == "soundscapes"
    with (folder / "predictions.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 20
    assert all(row["caption_predicted"] for row in rows)
