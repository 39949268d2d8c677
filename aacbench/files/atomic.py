"""Writes that are whole or absent: beside their place first, then moved there.

Every file that another process may read is written so, and a killed process never leaves half a file under a final
name. What it leaves is `.NAME.part` beside NAME: the next write of NAME removes it, and so does `sweep`.

These writes replace: a link at the target goes, and the file that it led to stays as it was. What is neither a file nor
a link (a pipe, a device, a folder) is refused. `aacbench.files.outputs` writes where the user says, into those too.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aacbench.files.partial import PART, part_of, require_plain, sweep_part
from aacbench.files.tree import entries_below


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; move it to `target` when the block ends without an error.

    The block may write the path or put another plain file there. The file has the permissions that a new one has.

    Raises:
        OSError: as writing does, with the file's name in any case; the target is a pipe, a device or a folder.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _require_replaceable(target)
        with part_of(target) as temporary:
            try:
                yield temporary
                require_plain(temporary)
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
    parts = (entry for entry in entries_below(folder) if entry.name.startswith(".") and entry.name.endswith(PART))
    return sum(sweep_part(Path(entry.path), older) for entry in parts)


def _require_replaceable(target: Path) -> None:
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise OSError(errno.EEXIST, "a pipe or a device is in the way", str(target))
