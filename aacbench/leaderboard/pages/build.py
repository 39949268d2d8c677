"""From records to pages, in memory: the same bytes on every machine, so that CI can build again and compare."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.atomic import sweep
from aacbench.leaderboard.pages.schema import schemas
from aacbench.leaderboard.pages.views import assemble
from aacbench.leaderboard.store import boards as all_boards
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.files import unexpected


@dataclass(frozen=True)
class Built:
    """Generated files by name, and what is wrong with the records."""

    files: dict[str, bytes]
    problems: tuple[str, ...]


def build(root: Path) -> Built:
    """Return the generated files.

    Raises:
        UserError: as `assemble`.
    """
    # Jinja is loaded by the page alone.
    from aacbench.leaderboard.pages.csv_table import csv_table  # noqa: PLC0415
    from aacbench.leaderboard.pages.markdown import markdown  # noqa: PLC0415
    from aacbench.leaderboard.pages.page import page  # noqa: PLC0415

    with _no_collection():
        assembled = assemble(root)
        files = {
            "README.md": markdown(assembled.views, assembled.reported).encode(),
            "index.html": page(assembled.views, assembled.reported).encode(),
            "leaderboard.csv": csv_table(assembled.views).encode(),
            **{f"schema/{name}": text.encode() for name, text in schemas().items()},
        }
    return Built(files, assembled.problems)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold Python's search for reference cycles back: among a large board's many lasting objects it finds none.

    What was made meanwhile counts as old afterwards, or the next search would go through all of it at once.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if was:
            gc.enable()


def write_pages(root: Path, changes: Changes | None = None) -> list[Path]:
    """Write the generated files; return their paths.

    Raises:
        UserError: as `build`, or a record is malformed.
    """
    built = build(root)
    if built.problems:
        more = f"; and {len(built.problems) - 3} more, see `aacbench leaderboard check`" * (len(built.problems) > 3)
        raise UserError("; ".join(built.problems[:3]) + more)
    sweep(root)
    changes = changes or Changes()
    for name, content in built.files.items():
        changes.write(root / name, content)
    return [root / name for name in built.files]


def check(root: Path) -> list[str]:
    """Return what is wrong: files that are no part of it, malformed records, rows that cannot be the record's,
    generated files that differ.

    Raises:
        UserError: as `build`.
    """
    problems = [*unexpected(root, all_boards.load(root))]
    built = build(root)
    problems += built.problems
    for name, content in built.files.items():
        path = root / name
        if not path.is_file() or path.read_bytes() != content:
            problems.append(f"{path} is not what the records say")
    return [*dict.fromkeys(problems)]
