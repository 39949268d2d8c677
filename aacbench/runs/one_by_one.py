"""Work on many files of which some may be broken: one that fails never costs the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from aacbench.errors import AacbenchError, disk_error

Item = TypeVar("Item")
Made = TypeVar("Made")
CHUNK = 32


def each(
    items: Sequence[Item], work: Callable[[Sequence[Item]], Sequence[Made]], size: int = CHUNK
) -> Iterator[tuple[Item, Made | AacbenchError]]:
    """Yield every item with what `work` makes of it, or with why it makes nothing; some are worked on at a time.

    Where a chunk fails, its items are worked on one by one, so that only those are lost that fail alone.
    """
    for first in range(0, len(items), size):
        chunk = items[first : first + size]
        try:
            yield from zip(chunk, work(chunk), strict=True)
        except (AacbenchError, OSError) as error:
            if len(chunk) > 1:
                yield from each(chunk, work, 1)
            else:
                yield chunk[0], disk_error(error) if isinstance(error, OSError) else error
