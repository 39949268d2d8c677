"""Batch norm of padded batches: padding is in no statistics, so that what a clip teaches is its own.

A batch holds clips of many lengths, and a network's maps at padded frames are not those of any clip. The public codes
of the papers count them all the same; `count_padding` makes a network do that (the setting `padded_statistics`).
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from aacbench.models.layers.masks import valid
from aacbench.runtime.distributed.batch_norm import normalise
from aacbench.runtime.distributed.shards import shard

COUNTS_PADDING = "counts_padding"


def masked_norm(norm: nn.Module, maps: Tensor, lengths: Tensor) -> Tensor:
    """Return batch norm of maps (B, C, T, ...), zero at and beyond each clip's length (B,).

    In training, statistics are those of valid frames; in evaluation mode, the running ones.
    """
    mask = valid(lengths, maps.shape[2])
    padded = _has_padding(mask)
    if not norm.training or getattr(norm, COUNTS_PADDING, False):
        normed: Tensor = norm(maps)
        return normed * mask.view(len(maps), 1, -1, *[1] * (maps.ndim - 3)).to(normed.dtype) if padded else normed
    frames = maps.movedim(1, -1)  # (B, T, ..., C): of maps in `channels_last`, as they lie in memory
    rows = frames.reshape(-1, frames.shape[-1])
    own = cast(_BatchNorm, norm)
    if not padded:
        rows = normalise(own, rows)
    elif maps.is_cuda or shard() is not None:
        rows = normalise(own, rows, mask.flatten().repeat_interleave(len(rows) // mask.numel())[:, None].float())
    else:
        rows = _scattered(normalise(own, _valid_rows(rows, mask)), mask)
    return rows.to(maps.dtype).view(frames.shape).movedim(-1, 1)


def _valid_rows(rows: Tensor, mask: Tensor) -> Tensor:
    """Return the rows (B x T x ..., C) of the frames that count in mask (B, T)."""
    frames = rows.view(mask.numel(), -1)
    return frames.index_select(0, mask.flatten().nonzero()[:, 0]).view(-1, rows.shape[1])


def _scattered(rows: Tensor, mask: Tensor) -> Tensor:
    """Return what `_valid_rows` was given, with zeros where it took nothing."""
    places = mask.flatten().nonzero()[:, 0]
    frames = rows.view(len(places), -1)
    whole = frames.new_zeros(mask.numel(), frames.shape[1]).index_copy(0, places, frames)
    return whole.view(-1, rows.shape[1])


def _has_padding(mask: Tensor) -> bool:
    """Whether the masked way is to be taken: always where asking costs, or where processes would not agree."""
    return mask.is_cuda or shard() is not None or not bool(mask.all())


def count_padding(network: nn.Module, padded_statistics: bool) -> None:
    """Let all batch norm in a network count padded frames in training, as the public codes do, or not."""
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            setattr(module, COUNTS_PADDING, padded_statistics)


class StillStatistics:
    """In the block, batch norm in training moves no running statistics: for what is computed a second time."""

    def __init__(self, network: nn.Module) -> None:
        self.norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]

    def __enter__(self) -> None:
        self.momenta = [norm.momentum for norm in self.norms]
        self.counts = [norm.num_batches_tracked for norm in self.norms]
        for norm, count in zip(self.norms, self.counts, strict=True):
            norm.momentum = 0.0
            norm.num_batches_tracked = None if count is None else torch.zeros_like(count)

    def __exit__(self, *raised: object) -> None:
        for norm, momentum, count in zip(self.norms, self.momenta, self.counts, strict=True):
            norm.momentum, norm.num_batches_tracked = momentum, count
