"""A batch of which each process works on some rows, such that all of them together do what one process would.

While a process works on its part (`sharded`), a mean over its rows becomes its share of the mean over the whole batch
(`shared_mean`), rows can be had from all processes with their gradients (`gather_rows`), and what is drawn for the
whole batch is drawn alike by all (`shared_generator`). Outside of it these change nothing. The gradient of the whole
batch's loss is the mean over processes of their losses' gradients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from aacbench.runtime.distributed.process_group import group


class SharedGenerators:
    """Generators, one a device, that are alike in all processes; they go on from batch to batch of a step."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.generators: dict[str, torch.Generator] = {}

    def on(self, device: torch.device | str) -> torch.Generator:
        """Return the generator for tensors on `device`."""
        name = str(device)
        if name not in self.generators:
            self.generators[name] = torch.Generator(device).manual_seed(self.seed)
        return self.generators[name]


@dataclass(frozen=True, slots=True)
class ShardRange:
    """Rows `first` up to `last` of a batch of `total`, and what is drawn for all of it."""

    first: int
    last: int
    total: int
    draws: SharedGenerators


class _Now:
    part: ShardRange | None = None


def bounds(total: int) -> tuple[int, int] | None:
    """Return where this process's rows of a batch of `total` begin and end: consecutive, the numbers differ by one.

    None is the whole batch, where there is but one process, or not a row for each.
    """
    here = group()
    if here.count == 1 or total < here.count:
        return None
    return here.rank * total // here.count, (here.rank + 1) * total // here.count


@contextmanager
def sharded(part: ShardRange | None) -> Iterator[None]:
    """Work on `part` of a batch in the block; None is the whole batch, which every process then works on."""
    before, _Now.part = _Now.part, part
    try:
        yield
    finally:
        _Now.part = before


def shard() -> ShardRange | None:
    """Return the part of a batch that is worked on; None is the whole."""
    return _Now.part


def shared_generator(device: torch.device | str = "cpu") -> torch.Generator | None:
    """Return what to draw from where all processes have to draw the same; None is torch's own generator."""
    return None if _Now.part is None else _Now.part.draws.on(device)


def shared_mean(mean: Tensor, count: int | Tensor) -> Tensor:
    """Return this process's share of the mean over the whole batch, from the mean over `count` values of its own.

    The mean over processes of what this returns is the mean over all values.
    """
    if _Now.part is None:
        return mean
    own = torch.as_tensor(count, dtype=torch.float64, device=mean.device)
    total = own.clone()
    dist.all_reduce(total)
    return mean * (own * group().count / total).to(mean.dtype)


def max_over_ranks(*sizes: int) -> tuple[int, ...]:
    """Return the largest of each size among the processes that share a batch."""
    if _Now.part is None:
        return sizes
    largest = torch.tensor(sizes)
    dist.all_reduce(largest, dist.ReduceOp.MAX)
    return tuple(largest.tolist())


def pad_to(rows: Tensor, length: int, value: float = 0.0) -> Tensor:
    """Return rows (B, L, ...) with `value` behind them up to `length`."""
    missing = length - rows.shape[1]
    if missing <= 0:
        return rows
    return torch.cat([rows, rows.new_full((len(rows), missing, *rows.shape[2:]), value)], 1)


def gather_rows(rows: Tensor) -> Tensor:
    """Return the rows (n, ...) of all processes (N, ...) in their order; other sizes have to be the same.

    Where a loss is made of all rows by every process alike, the rows' gradients are those of the one loss.
    """
    if _Now.part is None:
        return rows
    gathered: Tensor = _AllRows.apply(rows)
    return gathered


def all_lists(own: Sequence[Any]) -> list[Any]:
    """Return the lists of all processes that share a batch, one behind the other."""
    if _Now.part is None:
        return list(own)
    everyone: list[Any] = [None] * group().count
    dist.all_gather_object(everyone, list(own))
    return [one for part in everyone for one in part]


class _AllRows(torch.autograd.Function):
    """Every process makes the same loss of all rows, and gradients are averaged over processes later on.

    So each takes the gradient of its own rows, times the number of processes.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        here = group()
        counts = [torch.zeros(1, dtype=torch.long) for _ in range(here.count)]
        dist.all_gather(counts, torch.tensor([len(rows)]))
        sizes = [int(count) for count in counts]
        padded = rows.new_zeros(max(sizes), *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(parts, padded)
        begin = sum(sizes[: here.rank])
        ctx.place = slice(begin, begin + len(rows))
        return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0][ctx.place] * group().count
