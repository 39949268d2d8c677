"""Trackers: event files read back, Weights & Biases offline, MLflow's store; each goes on in its own run."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import TrackedRun, Tracker
from aacbench.trackers.isolated import Isolated
from aacbench.trackers.jsonl import JsonLines


def follow(tracker: Tracker, folder: Path, entries: Mapping[int, Mapping[str, float]]) -> None:
    tracker.start(TrackedRun("0123abcd", "a/b/c/seed0", folder, {"lr": 0.1, "captions": {"epochs": 3}}))
    for step, values in entries.items():
        tracker.log(values, step)
    tracker.close()


def isolated(kind: str, folder: Path, **settings: Any) -> Isolated:
    return Isolated(
        kind.split(":")[0], f"aacbench.trackers.{kind}", settings, folder / "trackers/it.log", closing=120.0
    )


def test_tensorboard_event_files_are_read_back(tmp_path: Path) -> None:
    first = {2: {"ce/loss": 2.0, "scores/spider": 0.25}, 4: {"ce/loss": 1.5}, 6: {"ce/loss": 9.0}}
    follow(isolated("tensorboard:TensorBoard", tmp_path), tmp_path, first)
    # Gone on with from the checkpoint of step 4: what came after it is told again.
    follow(isolated("tensorboard:TensorBoard", tmp_path), tmp_path, {6: {"ce/loss": 1.0}, 8: {"ce/loss": 0.5}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tensorboard's own imports
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        read = EventAccumulator(str(tmp_path / "tensorboard/ce"))
        read.Reload()
        scores = EventAccumulator(str(tmp_path / "tensorboard/scores"))
        scores.Reload()
    assert [(event.step, event.value) for event in read.Scalars("loss")] == [(2, 2.0), (4, 1.5), (6, 1.0), (8, 0.5)]
    assert [(event.step, event.value) for event in scores.Scalars("spider")] == [(0 + 2, 0.25)]


def test_wandb_offline_goes_on_in_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    for step in (1, 2):
        follow(isolated("wandb:Wandb", tmp_path, project="aac"), tmp_path, {step: {"ce/loss": 1.0 / step}})
    folders = sorted((tmp_path / "wandb").glob("offline-run-*"))
    assert folders and {folder.name.rpartition("-")[2] for folder in folders} == {"0123abcd"}
    data = b"".join(path.read_bytes() for path in (tmp_path / "wandb").rglob("*.wandb"))
    assert b"ce/loss" in data and b"ce/step" in data and b"a/b/c/seed0" in data


def test_mlflow_keeps_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    for step in (1, 2):
        follow(isolated("mlflow:Mlflow", tmp_path), tmp_path, {step: {"ce/loss": 1.0 / step}})
    (metric,) = (tmp_path / "mlruns").rglob("metrics/ce/loss")
    assert [line.split()[1:3] for line in metric.read_text().splitlines()] == [["1.0", "1"], ["0.5", "2"]]
    (parameter,) = (tmp_path / "mlruns").rglob("params/captions.epochs")
    assert parameter.read_text() == "3"


def test_json_lines_are_cut_back_to_the_step_that_is_gone_on_from(tmp_path: Path) -> None:
    for step, kept in ((None, [1, 2, 3]), (2, [1, 2, 1, 2, 3]), (0, [1, 2, 3])):
        log = JsonLines()
        log.start(TrackedRun("id", "a stage", tmp_path, step=step))
        for number in (1, 2, 3):
            log.log({"loss": 1.0}, number)
        assert [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()] == kept
