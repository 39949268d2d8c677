"""Python processes that aacbench starts do not look for modules in the working folder.

`python -m` and multiprocessing's `spawn` put it first on the path: a user's own `random.py` would be imported in place
of Python's, and so would one that somebody planted in a folder of downloads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

SAFE = "PYTHONSAFEPATH"


def python(*arguments: str) -> list[str]:
    """Return the command that runs this Python on `arguments`, such as `-m aacbench.sweep.worker`."""
    return [sys.executable, "-P", *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's variables, `more` over them, for a child whose own children are safe, too."""
    return {**os.environ, **(more or {}), SAFE: "1"}


@contextmanager
def safe_path() -> Iterator[None]:
    """Let the processes that other libraries start in this block leave the working folder out of their path."""
    before = os.environ.get(SAFE)
    os.environ[SAFE] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE]
        else:
            os.environ[SAFE] = before
