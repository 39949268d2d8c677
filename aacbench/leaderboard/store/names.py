"""Names that become paths and table cells: nothing but letters, digits and a few marks gets that far."""

from __future__ import annotations

import re
from pathlib import Path

from aacbench.errors import UserError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._=-]{0,79}")


def checked(kind: str, name: str) -> str:
    """Return `name` where it may be part of a path.

    Raises:
        UserError: it has other characters than letters, digits and + . _ = -, begins with a mark, or is too long.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise UserError(
            f"{name[:80]!r} is no name of a {kind}: wanted at most 80 letters, digits and + . _ = -, no mark first"
        )
    return name


def inside(folder: Path, *parts: str) -> Path:
    """Return the path of `parts` below `folder`.

    Raises:
        UserError: it leads out of the folder, through `..` or a link.
    """
    path = folder.joinpath(*parts)
    if not _led_to(path).is_relative_to(folder.resolve()):
        raise UserError(f"{path} lies outside {folder}; results and references must be plain files inside it")
    return path


def _led_to(path: Path) -> Path:
    """Return where a path leads; a loop of links leads out of every folder."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return Path(path.anchor)
