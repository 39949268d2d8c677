"""What may lie below a leaderboard's folder: whatever else does is named, and so is every link."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from aacbench.files.tree import is_folder, walk
from aacbench.leaderboard.store.boards import Board

_PLAIN = re.compile(
    r"(README\.md|index\.html|leaderboard\.csv|claims\.json|presets\.json|LICENSE|\.gitignore|\.gitattributes|\.nojekyll"
    r"|boards/[^/]+\.json|reported/(papers\.json|[^/]+\.csv)|schema/[\w.-]+\.json|\.pages\.lock|site/.*|\.github/.*)"
)


def unexpected(root: Path, boards: Mapping[str, Board]) -> Iterator[str]:
    """Yield one sentence for each link, and each file or folder that is no part of a leaderboard."""
    shipped = {f"references/{board.id}.jsonl": board.ships_references for board in boards.values()}
    for entry in sorted(walk(root, leave_out=os.path.join(root, ".git")), key=lambda entry: entry.path):
        path, folder = entry.path, is_folder(entry)
        name = Path(path).relative_to(root).as_posix()
        if entry.is_symlink():
            yield f"{path} is a link; a leaderboard holds plain files"
        elif folder or name.startswith("results/") or _PLAIN.fullmatch(name) or _being_written(name):
            continue
        elif name not in shipped:
            yield f"{path} is no part of a leaderboard"
        elif not shipped[name]:
            yield f"{path} must not be there: the references of {Path(name).stem} may not be published; delete it"


def _being_written(name: str) -> bool:
    """Whether another process is at work on a file."""
    last = name.rsplit("/", 1)[-1]
    return last.startswith(".") and last.endswith((".part", ".lock"))
