"""Files that the user names for what a command makes: `--json /dev/stdout`, a pipe, a terminal, or a plain file.

A plain or new file is written at once (`aacbench.files.atomic`), which replaces a link to a file. A pipe or a terminal
is written in place and stays what it is. Disks and other block devices are refused.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from pathlib import Path

from aacbench.files.atomic import atomic_write

OWN_HANDLE = re.compile(r"(?:/dev|/proc/self)/(?:fd/(?P<number>\d{1,9})|(?P<name>stdin|stdout|stderr))")
MOST_LINKS = 8  # that are followed to a handle
NUMBERS = {"stdin": 0, "stdout": 1, "stderr": 2}


def write_output(target: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8) where the user wants it.

    Raises:
        OSError: as writing does, with the file's name; the target is a folder, a block device or a socket.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if (handle := _own_handle(target)) is not None:
            _write_all(os.dup(handle), raw)
        elif _goes_in_place(target):
            _write_all(os.open(target, os.O_WRONLY | os.O_NOCTTY), raw)
        else:
            atomic_write(target, raw)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error


def _own_handle(target: Path) -> int | None:
    """Return which open file of this process the path names, or None.

    It is written through that handle: opened anew, a file that a shell redirects to would be written from its start.
    """
    path, links = os.path.abspath(target), 0
    while (named := OWN_HANDLE.fullmatch(path)) is None:
        links += 1
        if links > MOST_LINKS or not os.path.islink(path):
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # what was printed before stays before
    return NUMBERS[named["name"]] if named["name"] else int(named["number"])


def _goes_in_place(target: Path) -> bool:
    """Whether there is a pipe or a character device."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise OSError(errno.EINVAL, "it is a disk or a socket")
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    return not stat.S_ISREG(mode)


def _write_all(handle: int, raw: bytes) -> None:
    with open(handle, "wb", buffering=0) as opened:
        left = memoryview(raw)
        while left:
            left = left[opened.write(left) :]
