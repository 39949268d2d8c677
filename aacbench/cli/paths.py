"""Paths on the command line: `~` is the user's home, and a file to be written is looked at before anything is done."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import click

from aacbench.cli.outputs import keep_apart
from aacbench.errors import UserError


class UserPath(click.Path):
    """A path that is read, or a folder; a shell leaves the `~` of `--data-dir=~/clotho` as it is."""

    def __init__(self, *, dir_okay: bool = True) -> None:
        super().__init__(dir_okay=dir_okay, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        return super().convert(str(Path(value).expanduser()), param, ctx)


class OutputFile(UserPath):
    """A file that the command writes, the last thing it does: one that cannot be written is refused at once."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path.

        Raises:
            UserError: it cannot be written there.
        """
        path: Path = super().convert(value, param, ctx)
        if (fault := _fault(path)) is not None:
            raise UserError(f"cannot write {path} ({os.strerror(fault)}); give a place that can be written")
        return path


def _fault(path: Path) -> int | None:
    """Return the number of the error that writing the file would end in, as far as can be told without writing."""
    if os.path.isdir(path):
        return errno.EISDIR
    if os.path.exists(path) and not os.path.isfile(path):  # a terminal, a pipe: written in place
        return None
    nearest = next(folder for folder in path.absolute().parents if os.path.exists(folder))  # the others are made
    if not os.path.isdir(nearest):
        return errno.ENOTDIR
    return None if os.access(nearest, os.W_OK | os.X_OK) else errno.EACCES


def keep_outputs_apart(command: click.Command) -> None:
    """Have the command refuse to write to a file that it reads, or writes besides."""
    plain = command.callback
    if plain is None or not any(isinstance(option.type, OutputFile) for option in command.params):
        return

    @wraps(plain)
    def checked(*arguments: Any, **named: Any) -> Any:
        keep_apart(dict(_paths(command, named, True)), dict(_paths(command, named, False)))
        return plain(*arguments, **named)

    command.callback = checked


def _paths(command: click.Command, named: dict[str, Any], written: bool) -> Iterator[tuple[str, Path]]:
    """Yield what is written, or read, by its name on the command line."""
    for option in command.params:
        if isinstance(option.type, UserPath) and isinstance(option.type, OutputFile) is written:
            value = named.get(option.name or "")
            for path in value if isinstance(value, tuple) else (value,):
                if isinstance(path, Path):
                    yield (option.opts[0] if isinstance(option, click.Option) else str(path)), path
