"""Less memory in training: what a network makes on the way is computed again for the gradient instead of being kept.

`block` is for encoders that run their blocks one by one (gradient checkpointing, Chen et al. 2016; the setting
`train.gradient_checkpointing`). `in_parts` runs a whole network over some rows of a batch at a time, so that only one
part's insides are in memory, while a loss over all rows, such as InfoNCE, stays the loss over all of them (gradient
caching, Gao et al. 2021; `train.micro_batch`). Dropout is drawn alike both times. Batch norm in training moves its
running statistics once; its own are those of a part.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aacbench.models.layers.norm import StillStatistics
from aacbench.runtime.distributed.shards import max_over_ranks

T = TypeVar("T")
RECOMPUTES, PARTS = "recomputes", "micro_batch"
LAYERS = "_gradient_checkpointing_func"  # what networks of transformers run their layers with


def block(network: nn.Module, function: Callable[..., T], *inputs: Tensor) -> T:
    """Return function(*inputs), a part of what `network` does, whose insides are kept unless it recomputes."""
    if not getattr(network, RECOMPUTES, False):
        return function(*inputs)
    return recomputed(function if isinstance(function, nn.Module) else network, function, *inputs)


def recomputed(network: nn.Module, function: Callable[..., T], *inputs: Tensor) -> T:
    """Return function(*inputs), computed again with its gradient; the modules of `network` are as they were then."""
    if not torch.is_grad_enabled():
        return function(*inputs)
    again = _AsBefore(network)
    outputs: T = checkpoint(function, *inputs, use_reentrant=False, context_fn=lambda: (nullcontext(), again))
    return outputs


def in_parts(network: nn.Module, function: Callable[..., T], rows: int | None, *inputs: Tensor) -> list[T]:
    """Return what `function` makes of `rows` rows of the inputs at a time; None is all at once, and nothing again."""
    if rows is None or not torch.is_grad_enabled():
        return [function(*inputs)]
    (longest,) = max_over_ranks(len(inputs[0]))  # processes that share a batch have as many parts each
    parts = min(-(-longest // rows), len(inputs[0]))
    split = zip(*(one.tensor_split(parts) for one in inputs), strict=True)
    return [recomputed(network, function, *part) for part in split]


def save_memory(model: nn.Module, gradient_checkpointing: bool, micro_batch: int | None) -> None:
    """Let a network recompute its blocks, and be given `micro_batch` clips or captions at a time."""
    for module in model.modules():
        if hasattr(module, RECOMPUTES):
            setattr(module, RECOMPUTES, gradient_checkpointing)
        if gradient_checkpointing:
            _recompute_layers(module)
        if hasattr(module, PARTS):
            setattr(module, PARTS, micro_batch)


def _recompute_layers(module: nn.Module) -> None:
    """Let a network of transformers recompute its layers, in our way, which knows in what mode they were."""
    for name in ("activation_checkpointing_enable", "gradient_checkpointing_enable"):  # its new name, and its old one
        if hasattr(module, name):
            getattr(module, name)({"use_reentrant": False})
            break
    if hasattr(module, LAYERS):
        setattr(module, LAYERS, partial(recomputed, module))


class _AsBefore(AbstractContextManager[None]):
    """In the block, modules are in the modes that they had, and batch norm moves no running statistics."""

    def __init__(self, network: nn.Module) -> None:
        self.modes = [(module, module.training) for module in network.modules()]
        self.still = StillStatistics(network)

    def __enter__(self) -> None:
        self.now = [module.training for module, _ in self.modes]
        for module, mode in self.modes:
            module.training = mode
        self.still.__enter__()

    def __exit__(self, *raised: object) -> None:
        self.still.__exit__()
        for (module, _), mode in zip(self.modes, self.now, strict=True):
            module.training = mode
