"""Sets of so many clips that reading them all before training begins would take hours.

Of more than `LARGE` clips, files are hashed and features made as the clips are first read, in the first epoch.
"""

from __future__ import annotations

from collections.abc import Sized

LARGE = 100_000


def is_large(clips: Sized) -> bool:
    """Whether the clips are too many to be read before training begins."""
    return len(clips) > LARGE
