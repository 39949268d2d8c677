"""Batch norm over the whole batch where processes share it (`torch.nn.SyncBatchNorm` has no CPU path), or a part of it.

`normalise` is batch norm in training of rows, one a place with all its channels: the layout of `channels_last` maps, in
which taking rows copies nothing. While a process works on its part of a batch, means and variances are those over all
processes' rows, as are the gradients; everywhere else they equal those of torch's layers. Names and values of weights
and buffers stay. Sums are of double precision, so that how a batch is divided moves nothing: a difference in the last
place would decide some ReLUs behind them otherwise.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from aacbench.runtime.distributed.shards import shard

BLOCK = 64
"""So many rows are summed in single precision before their sum is added to the others in double precision."""
FOLDED = 512
"""Rows of few channels are laid side by side up to this width: a processor takes them many channels at a time."""


class SharedBatchNorm(_BatchNorm):
    """As `nn.BatchNorm1d`, `2d` and `3d`, for inputs (B, C, ...)."""

    def _check_input_dim(self, input: Tensor) -> None:
        return None

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each channel."""
        if shard() is None or not (self.training or self.running_mean is None):
            return super().forward(input)
        rows = input.movedim(1, -1)
        return normalise(self, rows.reshape(-1, rows.shape[-1])).view(rows.shape).movedim(-1, 1)


def normalise(norm: _BatchNorm, rows: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return what `norm` makes of rows (N, C) in training, over all processes where they share a batch.

    `mask` (N, 1) is 1 where a row counts and 0 where it does not: such rows are in no statistics, and come out as
    zeros.
    """
    folded = rows if mask is not None else _fold(rows)
    mean, variance, count = _moments(folded.detach(), rows.shape[1], mask)
    if norm.training and norm.running_mean is not None:
        _track(norm, mean, variance * count / (count - 1).clamp(min=1))
    scale = (1 / torch.sqrt(variance.double() + norm.eps)).to(mean)
    normed: Tensor = _Normed.apply(folded, norm.weight, norm.bias, mean, scale, count, mask)
    return normed.view(rows.shape)


def _fold(rows: Tensor) -> Tensor:
    """Return rows (N, C) as (N / k, k x C), k a power of two that divides N, within the width `FOLDED`."""
    count, channels = rows.shape
    beside = 1
    while count % (2 * beside) == 0 and 0 < 2 * beside * channels <= FOLDED and count:
        beside *= 2
    return rows.reshape(count // beside, beside * channels)


def _spread(values: Tensor, rows: Tensor) -> Tensor:
    """Return values (C,) for each of the k x C columns of folded rows."""
    return values.repeat(rows.shape[1] // len(values))


@torch.no_grad()
def _track(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    assert norm.running_mean is not None and norm.running_var is not None and norm.num_batches_tracked is not None
    norm.num_batches_tracked.add_(1)
    step = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
    norm.running_mean.lerp_(mean.to(norm.running_mean), step)
    norm.running_var.lerp_(variance.to(norm.running_var), step)


def _moments(rows: Tensor, channels: int, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and variance (C,) of all processes' rows (N / k, k x C), and how many rows of C count."""
    wide, size = _wide(rows), rows.numel() // channels
    counted = wide.new_full((1,), size, dtype=torch.float64) if mask is None else mask.sum(0, dtype=torch.float64)
    own = _all_reduced(torch.cat([_sums(_masked(wide, mask), channels), counted]))
    count = own[channels:].clamp(min=1)
    mean = (own[:channels] / count).to(wide.dtype)
    squares = _all_reduced(_sums(_masked(wide - _spread(mean, wide), mask).square_(), channels))
    return mean, squares.to(wide.dtype) / count.to(wide.dtype), count.to(wide.dtype)


def _masked(values: Tensor, mask: Tensor | None) -> Tensor:
    return values if mask is None else values * mask


def _all_reduced(sums: Tensor) -> Tensor:
    """Return the sums over the processes that share a batch; the own ones where none does."""
    if shard() is not None:
        dist.all_reduce(sums)
    return sums


def _wide(values: Tensor) -> Tensor:
    """Return values in single precision at least."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def _sums(rows: Tensor, channels: int) -> Tensor:
    """Return the sums (C,) of rows (N / k, k x C) in double precision."""
    whole = len(rows) // BLOCK * BLOCK
    blocks = rows[:whole].view(-1, BLOCK, rows.shape[1]).sum(1)
    columns = blocks.sum(0, dtype=torch.float64) + rows[whole:].sum(0, dtype=torch.float64)
    return columns.view(-1, channels).sum(0)


class _Normed(torch.autograd.Function):
    """(rows - mean) x scale x weight + bias, zero outside of the mask, of rows (N / k, k x C).

    Mean and scale (C,) depend on the rows of all processes.
    """

    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        scale: Tensor,
        count: Tensor,
        mask: Tensor | None,
    ) -> Tensor:
        ctx.save_for_backward(rows, weight, mean, scale, count, mask)
        slope = scale if weight is None else scale * weight
        moved = -mean.double() * slope.double()
        shift = (moved if bias is None else moved + bias.double()).to(mean)
        return _masked(torch.addcmul(_spread(shift, rows), _wide(rows), _spread(slope, rows)), mask).to(rows.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, mean, scale, count, mask = ctx.saved_tensors
        gradient = _masked(_wide(gradients[0]), mask)
        centred = _wide(rows) - _spread(mean, rows)
        own = torch.stack([_sums(gradient, len(mean)), _sums(gradient * centred, len(mean)) * scale])
        sums = _all_reduced(own.clone())
        plain, along = (sums / count).to(gradient.dtype)
        slope = scale if weight is None else scale * weight
        whole = torch.addcmul(_spread(-slope * plain, rows), gradient, _spread(slope, rows))
        whole.addcmul_(centred, _spread(-slope * along * scale, rows))
        whole = _masked(whole, mask)
        of_weights = (None, None) if weight is None else (own[1].to(weight), own[0].to(weight))
        return whole.to(rows.dtype), *of_weights, None, None, None, None


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
