"""Keep freed memory in the process: a training step frees and asks for the same blocks, thousands of times.

glibc hands blocks over a few hundred kB back to the system, which gives new ones page by page, each cleared: a tenth
of a step's processor time for a small network. Other C libraries are left as they are.
"""

from __future__ import annotations

import ctypes
from functools import cache

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3  # mallopt(3)
MIB = 1 << 20
KEPT = 1024 * MIB
LARGEST = 32 * MIB  # the most that glibc takes for MMAP_THRESHOLD on 64 bits
GROWTH = 64 * MIB


@cache
def keep_freed_memory() -> bool:
    """Let blocks under 32 MiB be kept when they are freed, up to 1 GiB in all; return whether that could be set."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wanted = ((MMAP_THRESHOLD, LARGEST), (TRIM_THRESHOLD, KEPT), (TOP_PAD, GROWTH))
    return all([mallopt(parameter, value) == 1 for parameter, value in wanted])
