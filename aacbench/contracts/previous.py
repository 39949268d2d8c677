"""Stages, tasks and objectives that were written for the previous release: they fitted by their shape, and still do.

Each is wrapped in its contract of today, with a `DeprecationWarning` that says what to rename. Goes with the next
release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import getattr_static
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.contracts.training import DataParallel, Pretraining, Stage, Task
from aacbench.runtime.renamed import warn_renamed

if TYPE_CHECKING:
    from torch import Tensor

    from aacbench.contracts.context import RunContext

STAGE = {"needs": "depends_on", "delivered": "artifacts", "together": "distributed"}
TASK = {"advance": "on_step_start", "report": "step_metrics", "keep": "save_artifacts", "divisible": "data_parallel"}
OBJECTIVE = {"identity": "cache_key"}


def as_stage(stage: object) -> Stage:
    """Return the stage itself, or the contract around one that does not derive from it, or uses names of old."""
    renamed = _renamed(stage, STAGE, Stage)
    return stage if isinstance(stage, Stage) and not renamed else PreviousStage(stage)


def as_task(task: object) -> Task:
    """Return the task itself, or the contract around one that does not derive from it, or uses names of old."""
    renamed = _renamed(task, TASK, Task)
    return task if isinstance(task, Task) and not renamed else PreviousTask(task)


def cache_key(objective: Any) -> str | None:
    """Return an objective's `cache_key`, also where it is called by its name of old or missing."""
    old = _renamed(objective, OBJECTIVE, Pretraining)
    key: str | None = objective.identity if old else getattr(objective, "cache_key", None)
    return key


def is_data_parallel(model: object) -> bool:
    """Return whether processes can divide a batch of a network among them."""
    if _has(model, "divisible"):
        _tell(model, "", ["divisible"], TASK)
        return bool(getattr(model, "divisible"))  # noqa: B009 - no contract of today has it
    return isinstance(model, DataParallel) and model.data_parallel


def _renamed(part: object, names: Mapping[str, str], contract: type) -> list[str]:
    """Return the names of old that a part has; warn of them, and where it does not derive from its contract."""
    old = [name for name in names if _has(part, name)]
    if old or not isinstance(part, contract):
        _tell(part, contract.__name__, old, names)
    return old


def _has(part: object, name: str) -> bool:
    """Return whether a part has an attribute of its own, not one that stands in for a name of old."""
    return getattr_static(part, name, None) is not None


def _tell(part: object, contract: str, old: Sequence[str], names: Mapping[str, str]) -> None:
    said = [f"derive it from aacbench.contracts.{contract}"] if contract else []
    said += [f"rename {name!r} to {names[name]!r}" for name in old]
    kind = type(part)
    warn_renamed(f"{kind.__module__}.{kind.__name__}: {', '.join(said)}", stacklevel=4)


class PreviousStage(Stage):
    """A stage of the previous release."""

    def __init__(self, stage: Any) -> None:
        self.stage, self.name, self.shared = stage, stage.name, stage.shared
        self.seed = getattr(stage, "seed", None)
        self.depends_on = getattr(stage, "needs", getattr(stage, "depends_on", None))
        self.artifacts = getattr(stage, "delivered", getattr(stage, "artifacts", None))
        self.distributed = getattr(stage, "together", getattr(stage, "distributed", False))

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return the stage's own inputs."""
        inputs: Mapping[str, Any] = self.stage.inputs(context)
        return inputs

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Run the stage."""
        summary: Mapping[str, Any] = self.stage.run(context, folder)
        return summary


class PreviousTask(Task):
    """A task of the previous release."""

    def __init__(self, task: Any) -> None:
        self.task, self.name, self.model = task, task.name, task.model
        self.data_parallel = getattr(task, "divisible", getattr(task, "data_parallel", False))
        self.on_step_start = _first(task, "advance", "on_step_start") or self.on_step_start  # type: ignore[method-assign]
        self.step_metrics = _first(task, "report", "step_metrics") or self.step_metrics  # type: ignore[method-assign]
        self.save_artifacts = _first(task, "keep", "save_artifacts") or self.save_artifacts  # type: ignore[method-assign]

    def batches(self, epoch: int) -> Sequence[Any]:
        """Return the task's own batches."""
        batches: Sequence[Any] = self.task.batches(epoch)
        return batches

    def load(self, batch: Any) -> Any:
        """Load as the task does."""
        return self.task.load(batch)

    def losses(self, loaded: Any) -> Mapping[str, Tensor]:
        """Return the task's own losses."""
        losses: Mapping[str, Tensor] = self.task.losses(loaded)
        return losses

    def validate(self) -> Mapping[str, float]:
        """Return the task's own values."""
        values: Mapping[str, float] = self.task.validate()
        return values


def _first(task: Any, *names: str) -> Any:
    return next((getattr(task, name) for name in names if _has(task, name)), None)
