"""Work on pieces, one core each: many small products of a network, of which torch would put every one on all cores.

Torch's threads wait for one another after each product, and while another program holds a core, they wait long: a
small sentence model took five times the processor time on two busy cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from aacbench.runtime.distributed.process_group import world

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def available() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cores() -> int:
    """Return how many cores this process may use, the others of its run having theirs."""
    return max(1, available() // world().local_count)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let each worker thread compute on its own core, instead of each of them on all cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def each_on_a_core(work: Callable[[Piece], Result], pieces: Sequence[Piece], device: str) -> list[Result]:
    """Return the results of all pieces, in order, computed at once on the cores; on another device one by one.

    The first piece is done before the others: what it sets up, such as a tokenizer's padding, is there for them.
    """
    if len(pieces) < 3 or not device.startswith("cpu"):
        return [work(piece) for piece in pieces]
    with one_torch_thread(), ThreadPoolExecutor(min(cores(), len(pieces) - 1)) as pool:
        return [work(pieces[0]), *pool.map(work, pieces[1:])]
