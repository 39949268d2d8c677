"""A task's losses, such that gradients become means over processes: torch's DistributedDataParallel around them.

The first step is done without it, and shows whether some weights get no gradient; only then has DDP to look for those
in every step, which costs time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from aacbench.runtime.distributed.process_group import group

Losses = Callable[[Any], Mapping[str, Tensor]]


class _Forward(nn.Module):
    """The losses as a module's output."""

    def __init__(self, model: nn.Module, losses: Losses) -> None:
        super().__init__()
        self.model, self.losses = model, losses

    def forward(self, loaded: Any) -> dict[str, Tensor]:
        """Return the losses by name."""
        return dict(self.losses(loaded))


class Gradients:
    """Call `losses` on each batch of a step inside `batch`, go backward there, then `finish` the step."""

    def __init__(self, model: nn.Module, losses: Losses) -> None:
        self.model, self.plain = model, losses
        self.several = group().count > 1
        self.wrapped: DistributedDataParallel | None = None

    def losses(self, loaded: Any) -> dict[str, Tensor]:
        """Return the task's losses of a batch."""
        return dict(self.plain(loaded)) if self.wrapped is None else self.wrapped(loaded)

    @contextmanager
    def batch(self, last: bool) -> Iterator[None]:
        """Work on a batch of a step; gradients are exchanged in the last one alone."""
        waits = self.wrapped is not None and not last
        with self.wrapped.no_sync() if waits and self.wrapped is not None else nullcontext():
            yield

    def finish(self) -> None:
        """Leave the means over processes in the weights' gradients."""
        if not self.several or self.wrapped is not None:
            return
        unused = average_gradients(self.model)
        warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated")  # torch has nothing in its place yet
        warnings.filterwarnings("ignore", "Grad strides do not match")  # of convolutions from one channel: no harm
        self.wrapped = DistributedDataParallel(
            _Forward(self.model, self.plain), broadcast_buffers=False, find_unused_parameters=unused
        )


def average_gradients(model: nn.Module) -> bool:
    """Replace gradients by their means over processes; return whether a trained weight has none anywhere."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    given = torch.tensor([parameter.grad is not None for parameter in trained], dtype=torch.uint8)
    dist.all_reduce(given, dist.ReduceOp.MAX)
    for parameter, used in zip(trained, given.tolist(), strict=True):
        if used:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            dist.all_reduce(parameter.grad)
            parameter.grad /= group().count
    return not bool(given.all())
