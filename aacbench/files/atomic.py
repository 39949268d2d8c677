"""Where aacbench keeps its caches, and writes that are whole or absent.

`AACBENCH_HOME` overrides the platform's cache folder. Every file that another process may read is written
beside its place and moved there, so that a killed process never leaves half a file under a final name.

What a killed process leaves is `.NAME.part` beside NAME: the next write of NAME takes it over, and `sweep` removes it.
Whoever writes holds a lock on it (flock), which ends with the process, so nobody takes a file that is being written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: parts have names of their own, and nothing is swept
    fcntl = None  # type: ignore[assignment]

PART = ".part"
LONGEST = 200  # bytes of a name that becomes part of another; most file systems end at 255


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; move it to `target` when the block ends without an error.

    Raises:
        OSError: as writing does, with the file's name in any case.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _part_of(target) as temporary:
            try:
                yield temporary
                os.chmod(temporary, 0o644)
                os.replace(temporary, target)
            except BaseException:  # once it is moved, its name may be another writer's
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        if error.filename is None and error.errno is not None:  # write() does not know what it writes to
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


def atomic_write(target: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8) to `target` at once: readers see the old file or the new one."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def sweep(folder: Path, older: float = 60.0) -> int:
    """Remove what killed writers left in `folder` and below more than `older` seconds ago; return how many files.

    The seconds are for a writer that has made its file and not locked it yet.
    """
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith(".") and name.endswith(PART):
                found += _swept(Path(place, name), older)
    return found


def _swept(path: Path, older: float) -> bool:
    with suppress(OSError):
        if time.time() - path.stat().st_mtime < older:
            return False
        handle = _held(path, make=False)
        if handle is not None:
            try:
                path.unlink()
                return True
            finally:
                os.close(handle)
    return False


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """Yield an empty file beside `target` that is this writer's alone."""
    path = target.with_name(f".{_short(target.name)}{PART}")
    handle = _held(path, make=True)
    if handle is None:  # another writer is at the same work, or there are no locks here
        handle, name = tempfile.mkstemp(prefix=f".{_short(target.name)}.", suffix=PART, dir=target.parent)
        path = Path(name)
        with suppress(OSError):
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        os.ftruncate(handle, 0)
        if os.name == "nt":
            os.close(handle)  # Windows moves no open file
        yield path
    finally:
        if os.name != "nt":
            os.close(handle)


def _held(path: Path, make: bool) -> int | None:
    """Return the open and locked file at `path`; None where somebody else has it, or nobody can."""
    if fcntl is None:
        return None
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0), 0o600)
    except FileNotFoundError:
        if make:
            raise
        return None
    except PermissionError:
        if make and not path.exists():
            raise
        return None  # of another user
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.stat(path), os.fstat(handle)):
            return handle
    except OSError:  # held, without locks, or moved to its place just now
        pass
    os.close(handle)
    return None


def _short(name: str) -> str:
    """Return a name of at most `LONGEST` bytes that no other name of the folder gives."""
    whole = name.encode("utf-8")
    return name if len(whole) <= LONGEST else hashlib.sha256(whole).hexdigest()
