"""What memory a step of training wants, measured on two rows of a batch: nothing that the step makes is kept.

The bytes of a whole step are weights, gradients and the optimiser's state as they are, and what the rows make on the
way, times the rows that are worked on at a time. That is in single precision; autocast wants less, and what libraries
take for themselves comes on top.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from aacbench.contracts import Task
from aacbench.models.layers.recompute import save_memory
from aacbench.runtime.distributed.process_group import world
from aacbench.runtime.seeds import seed_everything

ROWS = 2  # batch norm and contrasts want two


def step_bytes(task: Task, settings: Any) -> int | None:
    """Return the bytes of an optimiser step of `settings` (`TrainSettings`); None of a task without rows."""
    batch = task.batches(0)[0]
    if not isinstance(batch, Sequence) or len(batch) < ROWS:
        return None
    model = task.model.train()
    save_memory(model, settings.gradient_checkpointing, None)
    loaded = task.load(batch[:ROWS])
    seed_everything(0, "memory")
    task.on_step_start(0.0)
    drops = [hooked.register_post_accumulate_grad_hook(_forget) for hooked in _trained(model)]
    with Meter() as meter:
        torch.stack([loss.float() for loss in task.losses(loaded).values()]).sum().backward()  # type: ignore[no-untyped-call]
    task.step_metrics(1.0)
    for drop in drops:
        drop.remove()
    rows = -(-_batch_size(task, settings) // world().count)
    together = int(min(rows, settings.micro_batch or rows))
    return int(_held(model, settings) + meter.peak * together // ROWS)


def reported(task: Task) -> list[str]:
    """Return the names of what the task's validation reports."""
    task.model.eval()
    with torch.no_grad():
        return [*task.validate()]


def _batch_size(task: Task, settings: Any) -> int:
    """Return the size of a whole batch, which in pretraining is the objective's own."""
    return int(getattr(getattr(task, "objective", None), "batch_size", settings.batch_size))


def _held(model: nn.Module, settings: Any) -> int:
    """Return the bytes of weights, gradients and Adam's moments."""
    whole = sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())
    trained = sum(parameter.numel() * parameter.element_size() for parameter in _trained(model))
    return int(whole + (4 if settings.amsgrad else 3) * trained)


def _trained(model: nn.Module) -> list[Any]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def _forget(parameter: Tensor) -> None:
    parameter.grad = None


class Meter(TorchDispatchMode):
    """Counts the bytes of the tensors that are made inside and still there; `peak` is the most of them at a time."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = self.peak = 0
        self._known: dict[int, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """Run the operation, and count what it makes."""
        before = {_place(tensor) for tensor in _tensors((args, kwargs))}
        outputs = func(*args, **(kwargs or {}))
        for tensor in _tensors(outputs):
            self._count(tensor, before)
        return outputs

    def _count(self, tensor: Tensor, before: set[int]) -> None:
        place, size = _place(tensor), tensor.untyped_storage().nbytes()
        if not size or place in before or place in self._known:
            return
        self._known[place] = size
        weakref.finalize(tensor.untyped_storage(), self._gone, place)
        self.now += size
        self.peak = max(self.peak, self.now)

    def _gone(self, place: int) -> None:
        self.now -= self._known.pop(place, 0)


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_leaves(values) if isinstance(value, Tensor)]


def _place(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
