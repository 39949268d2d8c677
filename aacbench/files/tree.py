"""Folders of any depth: a list of what is still to be looked at stands in for recursion, which nested folders exhaust.

Links to folders are never followed. What cannot be looked at, or goes while one looks, is passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def walk(folder: str | os.PathLike[str], leave_out: str | None = None) -> Iterator[os.DirEntry[str]]:
    """Yield all that lies below `folder`, folders too, each before what it holds; but for the path `leave_out`."""
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.path == leave_out:
                    continue
                if is_folder(entry):
                    waiting.append(entry.path)
                yield entry


def entries_below(folder: str | os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
    """Yield all that lies below `folder` but folders: files, links, pipes."""
    return (entry for entry in walk(folder) if not is_folder(entry))


def files_below(folder: Path, name: str | None = None) -> list[Path]:
    """Return the paths below `folder` that are no folders, in order; those called `name`, if it is given."""
    return sorted(Path(entry.path) for entry in entries_below(folder) if name is None or entry.name == name)


def remove_tree(folder: Path) -> None:
    """Remove a folder and all below it; nothing where it is absent. A link at `folder` is not followed.

    Raises:
        OSError: something cannot be removed.
    """
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link")
    waiting, found = [str(folder)], list[str]()
    while waiting:
        found.append(path := waiting.pop())
        try:
            entries = [*os.scandir(path)]
        except FileNotFoundError:
            continue
        for entry in entries:
            if is_folder(entry):
                waiting.append(entry.path)
            else:
                with suppress(FileNotFoundError):
                    Path(entry.path).unlink()
    for path in reversed(found):  # the inner before the outer
        with suppress(FileNotFoundError):
            Path(path).rmdir()


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder itself, not a link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
