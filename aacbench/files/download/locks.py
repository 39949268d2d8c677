"""One writer a file: a lock beside the target, which the system frees when its holder dies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aacbench.errors import UserError


@contextmanager
def exclusive(target: Path, tell: bool = True) -> Iterator[None]:
    """Hold the lock of `target` (its folder is made if absent); wait for another process that holds it.

    Raises:
        UserError: the folder cannot be made or written.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415

    path = target.with_name(f".{target.name}.lock")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if tell:
                print(f"another process works on {target.name}; waiting for it", file=sys.stderr)
            lock.acquire()
    except OSError as error:
        raise UserError(
            f"cannot write in {target.parent} ({error.strerror or error}); "
            "choose a folder that can be written (--data-dir, AACBENCH_HOME)"
        ) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # still held: whoever waits on the old file takes a new one
        lock.release()
