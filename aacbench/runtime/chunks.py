"""Many clips taken some at a time, so that what a metric needs beside their captions does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator

ITEMS = 2000  # with five references each, tens of MB a block


def blocks(count: int, size: int = ITEMS) -> Iterator[slice]:
    """Yield slices that together are `count` items in order, at most `size` a slice."""
    return (slice(first, first + size) for first in range(0, count, size))
