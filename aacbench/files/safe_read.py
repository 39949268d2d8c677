"""Files that may hold anything: whatever is wrong with one ends in one kind of error, and reading costs no more than
its size.

Text is Unicode that can be written again (no lone surrogates), JSON is nested as deep as Python can follow.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from aacbench.errors import UserError, cut, one_line

LARGEST_TOML = 1 << 20  # bytes; a hundred times what people write
DEEPEST_TOML = 32  # tables within tables


def read_bytes(path: Path, wanted: str = "a file", most: int | None = None) -> bytes:
    """Return a file's bytes.

    Raises:
        UserError: it is missing, a folder, a pipe or a device (which may never end), cannot be read, or has more than
            `most` bytes.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise UserError(f"{path} is a folder; wanted {wanted}")
        if not stat.S_ISREG(mode):
            raise UserError(f"{path} is a pipe or a device; save what it gives as a file first")
        if most is None:
            return path.read_bytes()
        with path.open("rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise UserError(f"{path} has more than {most:,} bytes; wanted {wanted}")
        return content
    except OSError as error:
        raise UserError(f"cannot read {cut(str(path), 300)}: {error.strerror or one_line(error)}") from error
    except ValueError as error:  # a NUL in the name
        raise UserError(f"cannot read {cut(repr(str(path)), 300)}: {error}") from error


def open_regular(path: Path) -> BinaryIO:
    """Return a file opened for reading, where it is one, or a link to one; a pipe is not waited for.

    Raises:
        OSError: as opening does, and where it is something else.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "no plain file", str(path))
    return os.fdopen(handle, "rb")


def read_toml(path: Path, what: str = "TOML") -> dict[str, Any]:
    """Return what a TOML file in UTF-8 holds; `what` it should be is for messages.

    Raises:
        UserError: it cannot be read, is no TOML, too large, or nested too deep.
    """
    try:
        values = tomllib.loads(read_bytes(path, what, LARGEST_TOML).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also a number of too many digits
        raise UserError(f"{path} is no TOML: {one_line(error)}") from error
    if _is_deeper(values, DEEPEST_TOML):
        raise UserError(f"{path} is no {what}: it is nested more than {DEEPEST_TOML} deep")
    return values


def _is_deeper(content: Any, most: int) -> bool:
    level = [content]
    for _ in range(most + 1):
        parts = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list))
        level = [inner for part in parts for inner in part]
        if not level:
            return False
    return True


def parse_json(text: str | bytes, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Return what a JSON text holds; `pairs` makes an object of its keys and values.

    Raises:
        ValueError: it is no JSON, is nested too deep, or holds half a character.
    """
    try:
        content = json.loads(text, object_pairs_hook=pairs)
        if (b"\\u" if isinstance(text, bytes) else "\\u") in text:  # type: ignore[operator]  # one kind on both sides
            json.dumps(content, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except UnicodeEncodeError as error:
        raise ValueError("a text in it holds half a character (a lone surrogate)") from error
    return content


def parse_unique(text: str | bytes) -> Any:
    """Return what a JSON text holds whose objects name each key once: whoever reads it reads the same.

    Raises:
        ValueError: as `parse_json`, or a key comes twice.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise ValueError(f"the key {cut(twice)!r} comes twice")
        return members

    return parse_json(text, once)


def load_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        OSError, ValueError: it cannot be read, or is no JSON in UTF-8.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(f"{path} is no plain file")
    return parse_json(path.read_bytes().decode("utf-8"))


def reason(error: BaseException) -> str:
    """Return in one line why a text was refused; of what pydantic says, the first complaint and its place."""
    from pydantic import ValidationError  # noqa: PLC0415

    if not isinstance(error, ValidationError):
        return one_line(error)
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"])) or "file"
    return f"{cut(' '.join(where.split()))}: {one_line(ValueError(first['msg']))}"
