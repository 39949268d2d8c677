"""A run on a large set trains before its audio was read, and ends as any run does."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aacbench.cli import cli
from aacbench.files import content
from aacbench.host import manager
from aacbench.training.loop import Loop

RUN = ("run", "tones", "--variant", "small", "-d", "tones", "-m", "pitch_accuracy", "--device", "cpu")
SMALL = ("--set", "captions.train.epochs=2", "--set", "captions.train.batch_size=4")
FOLDER = Path("runs/tones/tones/small/seed0")
TRAINING = {f"development-{number:03d}.wav" for number in range(24)}


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    host = manager.load([EntryPoint("tones", "tests.outsider.aacbench_tones", manager.GROUP)])
    monkeypatch.setattr(manager, "load", lambda: host)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, [*arguments])


def predictions(command: Callable[..., Result], *more: str) -> bytes:
    done = command(*RUN, *SMALL, *more)
    assert done.exit_code == 0, done.exception
    return (FOLDER / "predictions.csv").read_bytes()


def test_training_begins_before_the_audio_was_read(
    tmp_path: Path, command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "eager"))
    expected, record = predictions(command), json.loads((FOLDER / "record.json").read_text())
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("aacbench.audio.large.LARGE", 20)
    monkeypatch.setattr("aacbench.datasets.fingerprint.READ_AT_ONCE", 2)
    read: list[str] = []
    known: list[int] = []
    real: Callable[..., Any] = content._read
    step: Callable[..., Any] = Loop._step

    def noting(path: Any) -> Any:
        read.append(Path(path).name)
        return real(path)

    def stepping(self: Loop, batches: Sequence[Any], steps: int) -> None:
        known.append(len(TRAINING & {*read}))
        step(self, batches, steps)

    monkeypatch.setattr(content, "_read", noting)
    monkeypatch.setattr(Loop, "_step", stepping)
    assert predictions(command, "--fresh") == expected
    assert {*read} >= TRAINING
    assert known[0] < len(TRAINING)  # the batch, and those that the loader has read ahead
    assert len([name for name in read if name in TRAINING]) == len(TRAINING)  # each was hashed once
    own = json.loads((FOLDER / "record.json").read_text())
    assert own["data"]["fingerprints"] == record["data"]["fingerprints"]
    assert own["stages"][-1]["key"] != record["stages"][-1]["key"]
    steps, written = len(known), (FOLDER / "record.json").read_bytes()
    assert predictions(command) == expected
    assert len(known) == steps  # it was finished before
    assert (FOLDER / "record.json").read_bytes() == written
