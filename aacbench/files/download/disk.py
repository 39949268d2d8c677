"""Free disk, asked before something large is written. Sizes are bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

from aacbench.errors import UserError

MARGIN = 64 * 2**20  # what others may write in the meantime


def human(size: float) -> str:
    """Return a size in decimal units, as download pages state it: `4.5 GB`."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def require_space(folder: Path, size: int, what: str) -> None:
    """Raise `UserError` if the disk of `folder` (or of its nearest existing parent) lacks `size` bytes."""
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < size + MARGIN:
        raise UserError(
            f"{what} needs {human(size)} at {folder}, but only {human(free)} are free there; "
            "free some disk, or name a folder on another disk (--data-dir, AACBENCH_HOME)"
        )
