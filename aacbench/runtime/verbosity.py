"""How much is said on standard error: what was chosen holds for the processes that this one starts, too."""

from __future__ import annotations

import os

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
