"""A machine divided among runs, and what is told of one from its folder and its exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.sweep.jobs import Ended, Job, how_it_ended
from aacbench.sweep.local import Local, Share, share
from aacbench.sweep.settings import Resources
from aacbench.sweep.view import where_at


@pytest.mark.parametrize(
    ("resources", "jobs", "machine", "expected"),
    [
        ({}, None, (8, 0), Share(1, 8, 0.0)),
        ({}, 3, (8, 0), Share(3, 2, 0.0)),
        ({}, 3, (2, 0), Share(3, 1, 0.0)),
        ({"cpus": 3}, None, (8, 0), Share(2, 3, 0.0)),
        ({}, None, (8, 4), Share(4, 2, 1.0)),
        ({"gpus": 2}, None, (8, 4), Share(2, 4, 2.0)),
        ({"gpus": 0.5}, None, (8, 1), Share(2, 4, 0.5)),
        ({"gpus": 0.1, "cpus": 2}, None, (8, 1), Share(4, 2, 0.1)),
        ({"gpus": 0}, None, (8, 1), Share(1, 8, 0.0)),
        ({"processes": 2}, None, (8, 4), Share(2, 2, 2.0)),
    ],
)
def test_the_machine_is_divided(
    resources: dict[str, Any], jobs: int | None, machine: tuple[int, int], expected: Share
) -> None:
    assert share(Resources(**resources), jobs, *machine) == expected


def test_more_gpus_than_there_are() -> None:
    with pytest.raises(UserError, match=r"a run wants 2 GPUs \(\[resources\] gpus\), and this machine has 1"):
        share(Resources(gpus=2), None, 8, 1)


def test_gpus_are_given_out_and_taken_back() -> None:
    whole = Local(Share(9, 1, 1.0), ["0", "3"])
    assert whole._devices() == {"0": 1.0}
    whole.free["0"] -= 1.0
    assert whole._devices() == {"3": 1.0}
    whole.free["3"] -= 1.0
    assert not whole.room()
    half = Local(Share(9, 1, 0.5), ["0", "1"])
    half.free["1"] -= 0.5
    assert half._devices() == {"1": 0.5}  # fills one up before it takes another


@pytest.mark.parametrize(
    ("code", "log", "reason"),
    [
        (-9, "", "killed by SIGKILL (out of memory?)"),
        (-15, "", "killed by SIGTERM"),
        (2, "--- one\naacbench: old\n--- two\naacbench: unknown clip\nlast words\n", "unknown clip"),
        (1, "--- one\nRuntimeError: no\n", "RuntimeError: no"),
        (1, "--- one\n", "exit code 1"),
    ],
)
def test_how_a_run_ended(tmp_path: Path, code: int, log: str, reason: str) -> None:
    (tmp_path / "run.log").write_text(log)
    assert how_it_ended(Job((), str(tmp_path), "."), code) == Ended(code, reason)


def test_how_far_a_run_is(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("--- one\naudio-tagging ...\ncross-entropy ...\n")
    assert where_at(tmp_path) == "cross-entropy"
    stage = tmp_path / "stage2-cross-entropy"
    stage.mkdir()
    (stage / "log.jsonl").write_text('{"stage": "cross-entropy", "epoch": 1}\n{"stage": "cross-entropy", "epoch": 2}\n')
    assert where_at(tmp_path) == "cross-entropy, epoch 2"
    (stage / "log.jsonl").write_text('{"stage": "cross-')
    assert where_at(tmp_path) == "cross-entropy"
