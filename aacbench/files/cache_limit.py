"""The bound of what caches of arrays keep together: `--cache-limit`, or the variable `AACBENCH_CACHE_LIMIT`.

A process looks at all that is kept when it first writes, and counts what it writes from then on. Several processes
that write at once may go beyond the bound by what they wrote since they looked.
"""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.cache_dir import home
from aacbench.files.kept_arrays import trim

SWITCH = "AACBENCH_CACHE_LIMIT"
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Return the bytes that a text such as `200GB`, `1.5 TB` or `64GiB` names.

    Raises:
        UserError: it names no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None or (match[3] and not match[2]):
        raise UserError(f"a size is wanted, such as 200GB or 1.5TB, not {text!r}")
    unit = UNITS[match[2].upper()]
    return int(float(match[1]) * (1024 ** (len(str(unit)) // 3) if match[3] else unit))


def cache_limit() -> int | None:
    """Return the bound in bytes, None where there is none.

    Raises:
        UserError: the variable names no size.
    """
    text = os.environ.get(SWITCH, "").strip()
    if not text:
        return None
    try:
        return parse_size(text)
    except UserError as error:
        raise UserError(f"{SWITCH}: {error}") from error


class Counter:
    """What is kept below a cache root, as far as this process knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._root: Path | None = None
        self._kept = 0

    def add(self, written: int) -> None:
        """Count bytes that were written into a cache, and make room where there are too many."""
        bound = cache_limit()
        if bound is None:
            return
        root = home()
        with self._lock:
            if self._root != root:
                self._root, self._kept = root, trim(root, bound)
                return
            self._kept += written
            if self._kept > bound:
                self._kept = trim(root, bound)


counter = Counter()
