"""Stages, tasks and objectives of the previous release, which fitted by their shape: they work, and are told about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aacbench.contracts import Pretraining, Stage, Task
from aacbench.contracts.previous import as_stage, as_task, cache_key, is_data_parallel


class OldStage:
    name, shared = "old", True
    needs, delivered, together, seed = ("first",), ("file",), True, 7

    def inputs(self, context: Any) -> Mapping[str, Any]:
        return {"a": 1}

    def run(self, context: Any, folder: Path) -> Mapping[str, Any]:
        return {"ran": context}


def test_a_stage_of_old_keeps_its_ways() -> None:
    told = "OldStage: derive it from aacbench.contracts.Stage, rename 'needs' to 'depends_on', rename 'delivered' to"
    with pytest.warns(DeprecationWarning, match=told):
        stage = as_stage(OldStage())
    assert (stage.name, stage.shared, stage.seed) == ("old", True, 7)
    assert (stage.depends_on, stage.artifacts, stage.distributed) == (("first",), ("file",), True)
    assert (stage.inputs(None), stage.run(None, Path())) == ({"a": 1}, {"ran": None})  # type: ignore[arg-type]


class NewStage(Stage):
    name = "new"

    def inputs(self, context: Any) -> Mapping[str, Any]:
        return {}

    def run(self, context: Any, folder: Path) -> Mapping[str, Any]:
        return {}


def test_a_stage_of_today_is_itself_and_does_nothing_unasked() -> None:
    stage = NewStage()
    assert as_stage(stage) is stage
    assert (stage.shared, stage.artifacts, stage.depends_on, stage.seed, stage.distributed) == (
        False,
        None,
        None,
        None,
        False,
    )
    assert stage.label(None) is None  # type: ignore[arg-type]


class OldTask:
    name, divisible = "old", True

    def __init__(self) -> None:
        self.model: nn.Module = nn.Linear(1, 1)
        self.told: list[Any] = []

    def batches(self, epoch: int) -> Sequence[Any]:
        return [epoch]

    def load(self, batch: Any) -> Any:
        return batch

    def losses(self, loaded: Any) -> Mapping[str, Tensor]:
        return {"loss": torch.ones(())}

    def validate(self) -> Mapping[str, float]:
        return {"loss": 1.0}

    def advance(self, share: float) -> None:
        self.told.append(share)

    def report(self, seconds: float) -> Mapping[str, float]:
        return {"seconds": seconds}

    def keep(self, folder: Path) -> None:
        self.told.append(folder)


def test_a_task_of_old_is_called_by_its_own_names() -> None:
    old = OldTask()
    with pytest.warns(DeprecationWarning, match="rename 'advance' to 'on_step_start'"):
        task = as_task(old)
    task.on_step_start(0.5)
    task.save_artifacts(Path("folder"))
    assert old.told == [0.5, Path("folder")]
    assert (task.data_parallel, task.step_metrics(2.0), task.batches(3)) == (True, {"seconds": 2.0}, [3])
    assert (task.load(4), task.validate(), [*task.losses(4)]) == (4, {"loss": 1.0}, ["loss"])


class NewTask(Task):
    name = "new"
    batches = OldTask.batches
    load = OldTask.load
    losses = OldTask.losses
    validate = OldTask.validate


def test_a_task_of_today_is_itself_and_its_defaults_do_nothing() -> None:
    task = NewTask()
    assert as_task(task) is task
    task.on_step_start(0.5)
    task.save_artifacts(Path())
    assert (task.step_metrics(1.0), task.data_parallel) == ({}, False)


class OldObjective:
    identity = "weights"


class NewObjective(Pretraining):
    def task(self, *arguments: Any) -> Any:
        raise NotImplementedError


def test_what_names_an_objective() -> None:
    with pytest.warns(DeprecationWarning, match="rename 'identity' to 'cache_key'"):
        assert cache_key(OldObjective()) == "weights"
    assert cache_key(NewObjective()) is None


def test_a_network_of_old_says_whether_it_can_be_divided() -> None:
    network = nn.Linear(1, 1)
    assert not is_data_parallel(network)
    network.data_parallel = True  # type: ignore[assignment]
    assert is_data_parallel(network)
    network.divisible = False  # type: ignore[assignment]
    with pytest.warns(DeprecationWarning, match="rename 'divisible' to 'data_parallel'"):
        assert not is_data_parallel(network)
