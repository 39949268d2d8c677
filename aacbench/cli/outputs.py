"""Files that a command writes never take the place of those that it reads; files that are broken are named."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from aacbench.errors import AacbenchError, UserError


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


def name_broken(complaints: Sequence[AacbenchError]) -> None:
    """Name what could not be worked on, a line each, and end with exit code 2; return where there is nothing."""
    for complaint in complaints:
        click.echo(f"aacbench: {complaint}", err=True)
    if complaints:
        sys.exit(2)
