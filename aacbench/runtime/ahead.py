"""Work that threads do ahead of whoever takes the results: in order, and bounded, however much of it there is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


def in_order(
    pool: ThreadPoolExecutor, do: Callable[[Work], Result], work: Iterable[Work], ahead: int
) -> Iterator[Result]:
    """Yield `do` of each piece of work in order; no more than `ahead` are done or waiting at a time.

    A future takes a kilobyte, so a pool that is handed hundreds of thousands at once takes hundreds of megabytes. What
    was not begun when the iteration ends early is never done.
    """
    rest = iter(work)
    waiting = deque(pool.submit(do, piece) for piece in islice(rest, ahead))
    try:
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(do, piece) for piece in islice(rest, 1))
            yield result
    finally:
        for future in waiting:
            future.cancel()
