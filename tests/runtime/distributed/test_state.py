"""Who a process is, what it is told, and which rows of a batch are its."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from aacbench.cli.run import run
from aacbench.errors import UserError
from aacbench.runtime.distributed import process_group as state
from aacbench.runtime.distributed.process_group import SINGLE, Processes, announced, own_device, require_accelerate
from aacbench.runtime.distributed.shards import bounds

TOLD = {"RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}


@given(total=st.integers(0, 200), count=st.integers(1, 40))
def test_every_row_of_a_batch_is_one_processs(total: int, count: int) -> None:
    found = []
    for rank in range(count):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(state._Here, "processes", Processes(rank, count, rank, count))
            found.append(bounds(total))
    if count == 1 or total < count:
        assert found == [None] * count
        return
    parts = [range(*part) for part in found if part]
    assert [row for part in parts for row in part] == list(range(total))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1 <= min(map(len, parts))


def tell(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    for name, value in {**TOLD, **changes}.items():
        monkeypatch.setenv(name, value)


def test_torchruns_variables_say_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert announced() == SINGLE
    tell(monkeypatch)
    assert announced() == Processes(1, 4, 1, 2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"RANK": "4"}, r"do not fit one another: RANK=4 WORLD_SIZE=4"),
        ({"LOCAL_RANK": "2"}, r"do not fit one another"),
        ({"WORLD_SIZE": "many"}, r"WORLD_SIZE should be a number, as torchrun sets it, not 'many'"),
    ],
)
def test_variables_that_make_no_sense(changes: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, **changes)
    with pytest.raises(UserError, match=message):
        announced()


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="the variable RANK should be a number"):
        announced()


@pytest.mark.parametrize(
    ("gpus", "asked", "given"),
    [(0, "auto", "cpu"), (2, "auto", "cuda:1"), (2, "cuda", "cuda:1"), (8, "cpu", "cpu")],
)
def test_each_process_has_its_device(gpus: int, asked: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    assert own_device(asked, Processes(3, 4, 1, 2)) == given


@pytest.mark.parametrize(
    ("gpus", "asked", "message"),
    [
        (1, "auto", "2 processes want as many GPUs, and this machine has 1"),
        (0, "cuda", "2 processes want as many GPUs, and this machine has 0"),
        (4, "cuda:1", "each process takes a device of its own"),
    ],
)
def test_devices_that_do_not_go_round(gpus: int, asked: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    with pytest.raises(UserError, match=message):
        own_device(asked, Processes(1, 2, 1, 2))


def test_without_accelerate_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> Any:
        return None

    monkeypatch.setattr(state, "find_spec", found)
    with pytest.raises(UserError, match=r"pip install 'aacbench\[distributed\]'"):
        require_accelerate()
    done = CliRunner().invoke(run, ["--method", "floor", "--preset", "smoke", "--processes", "2"])
    assert isinstance(done.exception, UserError)


def test_torchrun_and_processes_contradict_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch)
    done = CliRunner().invoke(run, ["--method", "floor", "--preset", "smoke", "--processes", "2"])
    assert isinstance(done.exception, UserError) and "torchrun started 4 processes" in str(done.exception)
