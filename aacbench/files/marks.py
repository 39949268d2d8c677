"""Marks of what work read from the disk (`files.watch`): as long as they stand, it would read the same again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.content import content_key
from aacbench.files.watch import Watch

MOST_FILES, MOST_BYTES = 20_000, 1 << 24  # marked; and read to be marked, unless their content is known
Marks = Mapping[str, tuple[str, str]]


def marks(watch: Watch) -> dict[str, tuple[str, str]] | None:
    """Return the kind and the mark of each path that was read; None in doubt, or where there are too many."""
    kinds = [("listed", watch.listed), ("opened", watch.opened), ("known", watch.known)]
    if watch.doubt or sum(len(paths) for _, paths in kinds) > MOST_FILES:
        return None
    taken = {path: (kind, _mark(kind, path)) for kind, paths in kinds for path in sorted(paths)}
    return taken if all(mark for _, mark in taken.values()) else None


def stand(taken: Marks) -> bool:
    """Whether every path would give what it gave when its mark was taken."""
    return all(_mark(kind, path) == mark for path, (kind, mark) in taken.items())


def _mark(kind: str, path: str) -> str:
    """Return a hash of what a file holds, or of names, sizes and dates in a folder; "" where it cannot be had."""
    try:
        if kind == "known":
            return content_key(Path(path))
        if kind == "listed":
            listed = sorted((entry.name, _stamp(entry.stat())) for entry in os.scandir(path))
            return hashlib.sha256(repr(listed).encode()).hexdigest()
        if os.stat(path).st_size > MOST_BYTES:
            return ""
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (OSError, UserError):
        return ""


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
