"""Loads the next batches in a background thread while the network works on this one; order is kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

AHEAD = 4


def prefetch(load: Callable[[A], B], batches: Sequence[A]) -> Iterator[B]:
    """Yield `load(batch)` for each batch in order, at most `AHEAD` loaded in advance."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="aacbench-prefetch") as pool:
        waiting: deque[Future[B]] = deque()
        rest = iter(batches)
        try:
            for batch in rest:
                waiting.append(pool.submit(load, batch))
                if len(waiting) >= AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
