"""Which files are audio that can be read, and the one walk over folders of them.

Links to files and folders are followed, each folder once, so that a circle ends; names that begin with a dot are passed
over. The walk holds no call for each level, so that folders may be nested as deep as the system's paths go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# What libsndfile reads, the preferred one first where a recording lies there in several forms.
READABLE = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".w64", ".caf", ".au")


def is_audio(name: str) -> bool:
    """Whether a file name ends as that of audio that can be read."""
    return name.lower().endswith(READABLE)


def rank(path: Path) -> int:
    """Return how far back in `READABLE` the file's ending stands."""
    return READABLE.index(path.suffix.lower())


def audio_below(folder: Path) -> Iterator[Path]:
    """Yield the audio files in `folder` and below, folder by folder, each in the order of names."""
    return (path for path in files_below(folder) if is_audio(path.name))


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files in `folder` and below; folders that cannot be read are passed over."""
    waiting, seen = [folder], set[tuple[int, int]]()
    while waiting:
        parent = waiting.pop()
        try:
            status = os.stat(parent)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(parent) as listed:
                entries = sorted((entry for entry in listed if not entry.name.startswith(".")), key=_name)
        except OSError:
            continue
        below = []
        for entry in entries:
            path = parent / entry.name
            if _is_folder(entry):
                below.append(path)
            elif _is_file(entry):
                yield path
        waiting += reversed(below)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
