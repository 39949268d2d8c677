"""Batch norm over the whole batch where processes share it (`torch.nn.SyncBatchNorm` has no CPU path).

While a process works on its part of a batch in training, means and variances are those over all processes' values, and
so are the gradients; everywhere else these are torch's layers. Names and values of weights and buffers stay.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from aacbench.distributed.batch import part


class SharedBatchNorm(_BatchNorm):
    """As `nn.BatchNorm1d`, `2d` and `3d`, for inputs (B, C, ...)."""

    def _check_input_dim(self, input: Tensor) -> None:
        return None

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel."""
        if part() is None or not (self.training or self.running_mean is None):
            return super().forward(input)
        mean, variance, count = _moments(_wide(input.detach()))
        if self.training and self.running_mean is not None:
            self._track(mean, variance * count / (count - 1))
        scale = torch.rsqrt(variance + self.eps)
        normed: Tensor = _Normed.apply(input, mean, scale, count)  # type: ignore[no-untyped-call]
        if self.weight is not None:
            shape = [1, -1, *[1] * (input.ndim - 2)]
            normed = normed * self.weight.view(shape) + self.bias.view(shape)
        return normed.to(input.dtype)

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        step = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, step)
        self.running_var.lerp_(variance, step)


def _wide(values: Tensor) -> Tensor:
    """Return values in single precision at least."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def _moments(input: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and variance (C,) of all processes' inputs (B, C, ...), and how many values a channel has."""
    places = [place for place in range(input.ndim) if place != 1]
    own = input.new_full((1,), input.numel() / input.shape[1])
    variance, mean = torch.var_mean(input, places, correction=0)
    found = [torch.empty_like(torch.cat([mean, variance, own])) for _ in range(dist.get_world_size())]
    dist.all_gather(found, torch.cat([mean, variance, own]))
    each = torch.stack(found)  # (processes, 2C + 1)
    counts, channels = each[:, -1:], input.shape[1]
    means, variances = each[:, :channels], each[:, channels:-1]
    count = counts.sum()
    whole = (means * counts).sum(0) / count
    spread = ((variances + (means - whole) ** 2) * counts).sum(0) / count
    return whole, spread, count


class _Normed(torch.autograd.Function):
    """(input - mean) x scale, where mean and scale (C,) depend on the inputs of all processes."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, mean: Tensor, scale: Tensor, count: Tensor) -> Tensor:
        shape = [1, -1, *[1] * (input.ndim - 2)]
        normed = (_wide(input) - mean.view(shape)) * scale.view(shape)
        ctx.save_for_backward(normed, scale, count)
        ctx.kind = input.dtype
        return normed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        normed, scale, count = ctx.saved_tensors
        gradient = _wide(gradients[0])
        places = [place for place in range(normed.ndim) if place != 1]
        shape = [1, -1, *[1] * (normed.ndim - 2)]
        sums = torch.stack([gradient.sum(places), (gradient * normed).sum(places)])
        dist.all_reduce(sums)
        plain, along = (one.view(shape) for one in sums / count)
        return ((gradient - plain - normed * along) * scale.view(shape)).to(ctx.kind), None, None, None


def share_batch_norm(model: nn.Module) -> None:
    """Put `SharedBatchNorm` in the place of all batch norm inside a model, with the same weights and buffers."""
    for name, module in model.named_children():
        if type(module) in (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d):
            setattr(model, name, _shared(module))
        else:
            share_batch_norm(module)


def _shared(module: nn.Module) -> SharedBatchNorm:
    shared = SharedBatchNorm.__new__(SharedBatchNorm)
    shared.__dict__ = module.__dict__  # parameters, buffers, hooks and mode are the same objects
    return shared
