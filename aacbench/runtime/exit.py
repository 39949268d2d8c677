"""How a command ends that failed: in one line, also where several processes fail at once.

When a process fails, those that wait for it fail, too, for its connections break. The first to fail says why; the rest
end without a word.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from aacbench.runtime.distributed.process_group import store, world

LOST = 75  # the exit code of a process that the others went away from
SPOKEN = "aacbench/spoken"
BROKEN = ("gloo", "nccl", "connection", "timed out", "store", "peer")


def fail(line: str, code: int) -> NoReturn:
    """End with `code` after one line on standard error, which only the first process to fail prints."""
    if line and _speaks():
        print(f"aacbench: {line}", file=sys.stderr, flush=True)
    if world().count > 1:
        sys.stdout.flush()
        os._exit(code)  # at once: what is left of the exchange with the others may never come
    sys.exit(code)


def lost(error: Exception) -> bool:
    """Whether an error says that another process of this run went away."""
    if world().count == 1 or not isinstance(error, RuntimeError):
        return False
    return any(word in str(error).lower() for word in BROKEN)


def _speaks() -> bool:
    """Whether this process is the first to ask."""
    shared = store()
    if shared is None:
        return os.environ.get("RANK", "0") == "0"
    try:
        return bool(shared.add(SPOKEN, 1) == 1)
    except RuntimeError:  # it went with the process that spoke
        return False
