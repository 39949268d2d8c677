"""The file beside a target that is written first: `.NAME.part`, one writer's alone, never somebody else's file.

A part is made new (O_EXCL) and never opened through a link, so that a link or a pipe of that name, which a stranger's
folder may bring, is neither followed nor changed: the part then gets another name. Whoever writes holds a lock on it
(flock), which ends with the process, so nobody takes a file that is being written.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
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
NOT_PLAIN = "a link, a pipe or a device is in the way"
MODE = 0o666  # less the umask, as any new file
CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | CAREFUL


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """Yield an empty file beside `target` that is this writer's alone.

    Raises:
        OSError: the folder cannot be written.
    """
    path = target.with_name(f".{_short(target.name)}{PART}")
    handle = _made_and_locked(path)
    if handle is None:  # another writer is at the same work, the name is taken, or there are no locks here
        path = target.with_name(f".{_short(target.name)}.{secrets.token_hex(8)}{PART}")
        handle = os.open(path, NEW, MODE)
        with suppress(OSError):
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        if os.name == "nt":
            os.close(handle)  # Windows moves no open file
        yield path
    finally:
        if os.name != "nt":
            os.close(handle)


def require_plain(path: Path) -> None:
    """Raise OSError unless what lies at `path` is a regular file itself, not a link to one."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(errno.EEXIST, NOT_PLAIN, str(path))


def open_plain(path: Path, flags: int) -> int:
    """Return `path` opened (and made, with O_CREAT), where it is a regular file itself.

    Raises:
        OSError: as opening does; it is a link, a pipe or a device.
    """
    try:
        handle = os.open(path, flags | CAREFUL, MODE)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link; a pipe that nobody reads
            raise OSError(errno.EEXIST, NOT_PLAIN, str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EEXIST, NOT_PLAIN, str(path))
    return handle


def sweep_part(path: Path, older: float) -> bool:
    """Remove the part at `path` if its writer is dead and it is older than so many seconds; return whether it was."""
    with suppress(OSError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime >= older:
            return _removed(path)
    return False


def _made_and_locked(path: Path) -> int | None:
    """Return the new, open and locked file at `path`; None where the name is taken, or there are no locks."""
    if fcntl is None:
        return None
    for _ in range(2):
        try:
            handle = os.open(path, NEW, MODE)
        except FileExistsError:  # of a killed writer: it is removed, and the name is free
            if not _removed(path):
                return None
            continue
        if _locked(handle, path):
            return handle
        os.close(handle)
        return None
    return None


def _removed(path: Path) -> bool:
    """Remove what a killed writer left at `path`; false where a writer lives, or it is no plain file of ours."""
    if fcntl is None:
        return False
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        handle = os.open(path, os.O_RDWR | CAREFUL)
    except FileNotFoundError:  # its writer has just finished
        return True
    except OSError:  # of another user
        return False
    try:
        if not _locked(handle, path):
            return False
        path.unlink()
        return True
    finally:
        os.close(handle)


def _locked(handle: int, path: Path) -> bool:
    """Lock an open file and return whether it still is what lies at `path`."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.lstat(path), os.fstat(handle))
    except OSError:  # held, without locks, or moved to its place just now
        return False


def _short(name: str) -> str:
    """Return a name of at most `LONGEST` bytes that no other name of the folder gives."""
    whole = name.encode("utf-8")
    return name if len(whole) <= LONGEST else hashlib.sha256(whole).hexdigest()
