"""Work that processes divide among them, or that the first does for all. Every process has to call these alike.

One process alone does all of it, as if this were not here. Inside the work it is `single_process`, so that what is
divided here is not divided again.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from aacbench.errors import AacbenchError
from aacbench.runtime.distributed.process_group import group, is_rank_zero, single_process

A = TypeVar("A")
B = TypeVar("B")
P = ParamSpec("P")


class Lock(Protocol):
    """What can be held."""

    def acquire(self) -> Any:
        """Take hold of it, or raise."""

    def release(self) -> Any:
        """Let it go."""


def on_rank_zero(work: Callable[P, A]) -> Callable[P, A]:
    """Decorate `work`: the first process does it, and all return what it gives or raise what it raises there."""

    @wraps(work)
    def shared(*arguments: P.args, **named: P.kwargs) -> A:
        here = group()
        if here.count == 1:
            return work(*arguments, **named)
        import torch.distributed as dist  # noqa: PLC0415

        given: list[Any] = [None, None]
        if here.rank == 0:
            with single_process():
                given = _tried(lambda: work(*arguments, **named))
        dist.broadcast_object_list(given, src=0)
        if given[1] is not None:
            raise given[1]
        return cast(A, given[0])

    return shared


def only_rank_zero(work: Callable[P, None]) -> Callable[P, None]:
    """Decorate `work`: the first process does it, and the others go on at once."""

    @wraps(work)
    def shared(*arguments: P.args, **named: P.kwargs) -> None:
        if is_rank_zero():
            work(*arguments, **named)

    return shared


@on_rank_zero
def wait_for_rank_zero() -> None:
    """Return in all processes once the first has come this far."""


def map_ranks(items: Sequence[A], work: Callable[[A], B]) -> list[B]:
    """Return `work` of each item, in order: process r of n does items r, r + n, ... and all get all of it."""
    here = group()
    if here.count == 1:
        return [work(item) for item in items]
    import torch.distributed as dist  # noqa: PLC0415

    with single_process():
        mine = [work(item) for item in items[here.rank :: here.count]]
    everyone: list[Any] = [None] * here.count
    dist.all_gather_object(everyone, mine)
    return [everyone[index % here.count][index // here.count] for index in range(len(items))]


def for_each_rank(items: Sequence[A], work: Callable[[Sequence[A]], None]) -> None:
    """Have each process do `work` on its share of the items; return when all have.

    Where one fails, the first does what is left of all items, so that what it raises speaks of all of them.
    """
    here = group()
    if here.count == 1:
        work(items)
        return
    import torch.distributed as dist  # noqa: PLC0415

    with single_process():
        _, error = _tried(lambda: work(items[here.rank :: here.count]))
    errors: list[Any] = [None] * here.count
    dist.all_gather_object(errors, error)
    if any(errors):
        on_rank_zero(work)(items)


def _acquire(lock: Lock) -> None:
    lock.acquire()  # what it returns may not travel


@contextmanager
def locked_by_rank_zero(lock: Lock) -> Iterator[None]:
    """Hold a lock for all processes, through the first one."""
    on_rank_zero(_acquire)(lock)
    try:
        yield
    finally:
        if group().rank == 0:
            lock.release()


def mean_ranks(values: Mapping[str, float]) -> dict[str, float]:
    """Return the means over processes of numbers that each has under the same names."""
    here = group()
    if here.count == 1 or not values:
        return dict(values)
    import torch  # noqa: PLC0415
    import torch.distributed as dist  # noqa: PLC0415

    numbers = torch.tensor(list(values.values()), dtype=torch.float64)
    dist.all_reduce(numbers)
    return dict(zip(values, (numbers / here.count).tolist(), strict=True))


def _tried(work: Callable[[], Any]) -> list[Any]:
    """Return what `work` gives and None, or None and what it raises, such that another process can read it."""
    try:
        return [work(), None]
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return [None, AacbenchError(f"{type(error).__name__}: {error}")]
        return [None, error]
