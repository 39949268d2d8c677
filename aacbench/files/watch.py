"""What a piece of work reads from the disk while it is watched.

Python says which files it opens and which folders it lists (`sys.addaudithook`), `files.content` of which files it says
what they hold. Code is left out: modules, and the folders in which they are looked for. What reads anything else, such
as a connection, makes the watch doubtful: what it saw is not all.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache as once
from pathlib import Path
from typing import Any

from aacbench.files.cache_dir import home

CODE = (".py", ".pyc", ".pyd", ".so", ".dylib", ".dll", ".pth")
ELSEWHERE = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")


class DoubtfulError(Exception):
    """What is watched strictly reads what cannot be told of."""


@dataclass
class Watch:
    """Absolute paths: `opened` files, files whose content was `known` without that, `listed` folders.

    `doubt` says why that is not all; a `strict` watch raises `DoubtfulError` at once, so that no more is done in vain.
    """

    strict: bool = False
    opened: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    doubt: str = ""


class _Open:
    """The watches that are kept now, and whether Python tells us of what it opens."""

    watches: list[Watch] = []  # noqa: RUF012 - of the process
    hooked = False


@contextmanager
def watched(watch: Watch) -> Iterator[Watch]:
    """Note in `watch` what is read in the block."""
    if not _Open.hooked:
        sys.addaudithook(_heard)  # for good; while nothing is watched it returns at once
        _Open.hooked = True
    _Open.watches.append(watch)
    try:
        yield watch
    finally:
        _Open.watches.remove(watch)


def note_known(path: str | os.PathLike[str]) -> None:
    """Note a file of which is known what it holds."""
    for watch in _Open.watches:
        watch.known.add(os.path.abspath(path))


def note_doubt(why: str) -> None:
    """Note that something was read which no watch can tell of; raises `DoubtfulError` where one is strict."""
    for watch in _Open.watches:
        watch.doubt = watch.doubt or why
    if any(watch.strict for watch in _Open.watches):
        raise DoubtfulError(why)


def _heard(event: str, arguments: tuple[Any, ...], watches: list[Watch] = _Open.watches) -> None:
    if not watches:  # bound above: Python still opens files when it has taken this module's names apart
        return
    if event == "open":
        _note_opened(*arguments)
    elif event in ("os.listdir", "os.scandir"):
        _note_listed(arguments[0])
    elif event in ELSEWHERE or event == "sqlite3.connect":
        note_doubt(event)


def _note_opened(path: Any, mode: object, flags: object) -> None:
    writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
    if writes or isinstance(path, int):  # the number of a file that was opened before
        return
    text = os.path.abspath(os.fsdecode(path))
    if not text.endswith(CODE) and not text.startswith((*_of_content(), *installed_folders())):
        for watch in _Open.watches:
            watch.opened.add(text)


def _note_listed(path: Any) -> None:
    if isinstance(path, int):
        note_doubt("a folder by its number")
        return
    text = os.path.abspath("." if path is None else os.fsdecode(path))
    code = text in sys.path or os.path.exists(os.path.join(text, "__init__.py"))
    if not code and not os.path.join(text, "").startswith(installed_folders()):
        for watch in _Open.watches:
            watch.listed.add(text)


def _of_content() -> tuple[str, ...]:
    """Return where the notes of `files.content` lie, which tells itself what it says, and what no file is."""
    return (os.path.join(os.path.abspath(home()), "content", ""), os.devnull, "/proc/", "/sys/")


@once
def installed_folders() -> tuple[str, ...]:
    """Return the folders of Python itself and of what is installed for it, each with a separator at its end."""
    kinds = sysconfig.get_paths()
    folders = {kinds[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")} | {*site.getsitepackages()}
    folders |= {path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")}
    return tuple(os.path.join(os.path.abspath(folder), "") for folder in sorted(folders))
