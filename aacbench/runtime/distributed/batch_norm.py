"""Batch norm over the whole batch where processes share it (`torch.nn.SyncBatchNorm` has no CPU path).

While a process works on its part of a batch in training, means and variances are those over all processes' values, as
are the gradients; everywhere else these are torch's layers. Names and values of weights and buffers stay. Outputs are
rounded where torch's CPU layers round them, so that they are the same to the bit: a difference in the last one would
decide some ReLUs behind them otherwise.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from aacbench.runtime.distributed.shards import shard


class SharedBatchNorm(_BatchNorm):
    """As `nn.BatchNorm1d`, `2d` and `3d`, for inputs (B, C, ...)."""

    def _check_input_dim(self, input: Tensor) -> None:
        return None

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel."""
        if shard() is None or not (self.training or self.running_mean is None):
            return super().forward(input)
        mean, variance, count = _moments(input.detach())
        if self.training and self.running_mean is not None:
            self._track(mean, variance * count / (count - 1))
        scale = (1 / torch.sqrt(variance.double() + self.eps)).to(mean)
        found: Tensor = _Normed.apply(input, self.weight, self.bias, mean, scale, count)
        return found

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        step = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, step)
        self.running_var.lerp_(variance, step)


def _moments(input: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and variance (C,) of all processes' inputs (B, C, ...), and how many values a channel has."""
    wide, channels = _wide(input), input.shape[1]
    own = torch.cat([_sums(wide), wide.new_full((1,), input.numel() / channels, dtype=torch.float64)])
    dist.all_reduce(own)
    count = own[channels:]
    mean = (own[:channels] / count).to(wide.dtype)
    squares = _sums((wide - _along(mean, wide)) ** 2)
    dist.all_reduce(squares)
    return mean, squares.to(wide.dtype) / count.to(wide.dtype), count.to(wide.dtype)


def _wide(values: Tensor) -> Tensor:
    """Return values in single precision at least."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _along(channels: Tensor, values: Tensor) -> Tensor:
    """Return numbers (C,) such that they meet the channels of values (B, C, ...)."""
    return channels.view(1, -1, *[1] * (values.ndim - 2))


def _sums(values: Tensor) -> Tensor:
    """Return the sums (C,) of values (B, C, ...) in double precision."""
    return values.sum([place for place in range(values.ndim) if place != 1], dtype=torch.float64)


class _Normed(torch.autograd.Function):
    """(input - mean) x scale x weight + bias, where mean and scale (C,) depend on the inputs of all processes."""

    @staticmethod
    def forward(
        ctx: Any, input: Tensor, weight: Tensor | None, bias: Tensor | None, mean: Tensor, scale: Tensor, count: Tensor
    ) -> Tensor:
        ctx.save_for_backward(input, weight, mean, scale, count)
        slope = scale if weight is None else scale * weight
        moved = -mean.double() * slope.double()
        shift = (moved if bias is None else moved + bias.double()).to(mean)
        return torch.addcmul(_along(shift, input), _wide(input), _along(slope, input)).to(input.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        input, weight, mean, scale, count = ctx.saved_tensors
        gradient = _wide(gradients[0])
        normed = (_wide(input) - _along(mean, input)) * _along(scale, input)
        own = torch.stack([_sums(gradient), _sums(gradient * normed)])
        sums = own.clone()
        dist.all_reduce(sums)
        plain, along = (sums / count).to(gradient.dtype)
        slope = scale if weight is None else scale * weight
        whole = (gradient - _along(plain, input) - normed * _along(along, input)) * _along(slope, input)
        of_weights = (None, None) if weight is None else (own[1].to(weight), own[0].to(weight))
        return whole.to(input.dtype), *of_weights, None, None, None


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
