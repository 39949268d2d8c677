"""How much is said on standard error: what was chosen holds for the processes that this one starts, too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH = "AACBENCH_VERBOSITY"  # quiet or verbose; anything else is neither


def choose(level: str) -> None:
    """Choose `quiet` or `verbose` for this process and those it starts."""
    os.environ[SWITCH] = level


def quiet() -> bool:
    """Whether results and errors alone are wanted."""
    return os.environ.get(SWITCH) == "quiet"


def verbose() -> bool:
    """Whether more is wanted than usual."""
    return os.environ.get(SWITCH) == "verbose"


@contextmanager
def silent() -> Iterator[None]:
    """Say nothing but errors inside the block."""
    before = os.environ.get(SWITCH)
    choose("quiet")
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before
