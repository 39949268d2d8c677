"""Files that a command writes never take the place of those that it reads, nor of one another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aacbench.errors import UserError


def keep_apart(outputs: Mapping[str, Path | None], inputs: Mapping[str, Path | None]) -> None:
    """Refuse an output that is an input or another output, through links and other spellings, too.

    Both are by their name on the command line; None is not given.

    Raises:
        UserError: two are the same file.
    """
    known = {name: path for name, path in inputs.items() if path is not None}
    for name, path in outputs.items():
        if path is None:
            continue
        for other, taken in known.items():
            if _same(path, taken):
                read = "which is read" if other in inputs else "which is written, too"
                raise UserError(f"{name} {path} is the file of {other}, {read}; name another file")
        known[name] = path


def _same(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve() or os.path.samefile(one, other)
    except OSError:  # one of them is not there yet
        return False
