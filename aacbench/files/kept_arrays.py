"""What caches of arrays keep (features, encoded clips, embeddings): swept by age, and bounded by least use.

All of it can be computed again. A file's date says when it was last used, to the day (`ArrayCache.get` renews it).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from aacbench.files.tree import entries_below

FOLDERS = ("features", "encoded", "embeddings")
DAY = 86_400.0
UNUSED = 180 * DAY  # seconds after which nobody seems to want it
ROOM = 0.1  # of the bound that is made free at once, so that not every new file looks for an old one


class Kept(NamedTuple):
    """A file of a cache: when it was last used, in seconds, its bytes and its path."""

    used: float
    size: int
    path: str


def kept(root: Path) -> Iterator[Kept]:
    """Yield what the caches below the cache root keep."""
    for folder in FOLDERS:
        for entry in entries_below(root / folder):
            with suppress(OSError):  # another process removed it
                status = entry.stat(follow_symlinks=False)
                yield Kept(status.st_mtime, status.st_size, entry.path)


def sweep_unused(root: Path, older: float = UNUSED) -> int:
    """Remove what was not used for `older` seconds; return how many files."""
    before = time.time() - older
    return sum(_remove(one) for one in kept(root) if one.used < before)


def trim(root: Path, bound: int) -> int:
    """Remove what was used longest ago where more than `bound` bytes are kept; return the bytes that remain."""
    files = sorted(kept(root))
    total = sum(one.size for one in files)
    if total <= bound:
        return total
    for one in files:
        if total <= bound * (1 - ROOM):
            break
        _remove(one)
        total -= one.size
    return total


def _remove(one: Kept) -> bool:
    with suppress(OSError):
        Path(one.path).unlink()
        return True
    return False
