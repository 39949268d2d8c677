"""A tracked run: what trackers are told, one id for a run that is gone on with, and trackers that break."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from aacbench.contracts import TrackerSpec
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import run
from aacbench.runs.resolve import RunRequest
from aacbench.runs.tracking import chosen_trackers

MODULE = """
import time
class Raises:
    def start(self, run): raise RuntimeError("no server")
    def log(self, values, step): ...
    def close(self): ...
class Hangs(Raises):
    def start(self, run): time.sleep(10**6)
"""


@pytest.fixture
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registries:
    (tmp_path / "tracker_module.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("aacbench.runs.tracking.CLOSING", 5.0)
    known = manager.load([]).registries
    for name in ("raises", "hangs"):
        known.trackers.add(TrackerSpec(name, "breaks", f"tracker_module:{name.capitalize()}"), "a test")
    return known


def request(folder: Path, *trackers: str, seed: int = 0) -> RunRequest:
    return RunRequest(
        "floor", "soundscapes", preset="smoke", seed=seed, output=folder, metrics=["bleu"], track=trackers
    )


def test_a_run_is_followed_and_broken_trackers_change_nothing(
    tmp_path: Path, registries: Registries, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, _ = run(request(tmp_path / "plain"), registries)
    begin = time.monotonic()
    record, folder = run(request(tmp_path / "tracked", "jsonl", "raises", "hangs"), registries)
    assert time.monotonic() - begin < 60.0
    assert record.scores == plain.scores
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert next(line for line in lines if "scores/bleu_1" in line)["scores/bleu_1"] == record.scores["bleu_1"].value
    assert any("stages/fit_seconds" in line for line in lines) and any("decoding/seconds" in line for line in lines)
    said = capsys.readouterr().err
    assert "the tracker raises stopped (RuntimeError: no server" in said
    assert "the tracker hangs stopped (it did not end within 5 seconds)" in said

    identity = (folder / "trackers/run.json").read_bytes()
    before = (folder / "log.jsonl").read_bytes()
    run(request(tmp_path / "tracked", "jsonl"), registries)  # a finished run that is looked at again
    assert (folder / "trackers/run.json").read_bytes() == identity
    assert (folder / "log.jsonl").read_bytes() == before
    (folder / "decoding.jsonl").unlink()
    run(request(tmp_path / "tracked", "jsonl"), registries)  # gone on with, in the same run of the tracker
    assert (folder / "trackers/run.json").read_bytes() == identity
    assert (folder / "log.jsonl").read_bytes().startswith(before)


def test_mistakes_are_said_before_anything_runs(tmp_path: Path, registries: Registries) -> None:
    with pytest.raises(UserError, match=r"unknown tracker 'tensorbord'\. Did you mean 'tensorboard'"):
        run(request(tmp_path, "tensorbord"), registries)
    spec = TrackerSpec("far", "not here", "far_away:Far", packages=("far_away",), install="far-away")
    registries.trackers.add(spec, "a test")
    with pytest.raises(UserError, match=r"the tracker far wants far_away, which is not installed: pip install 'far-"):
        run(request(tmp_path, "far"), registries)
    with pytest.raises(UserError, match="unknown tracker among those of --track 'wandb'"):
        chosen_trackers(["jsonl"], {"wandb": {"mode": "offline"}}, registries.trackers)
    assert not (tmp_path / "soundscapes").exists()
