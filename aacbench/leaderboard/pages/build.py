"""From records to pages, in memory: the same bytes on every machine, so that CI can build again and compare."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write, sweep
from aacbench.leaderboard.pages.schema import schemas
from aacbench.leaderboard.pages.views import assemble, read_entries, row_problems
from aacbench.leaderboard.store import boards as all_boards


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
    from aacbench.leaderboard.pages.csv_table import sheet
    from aacbench.leaderboard.pages.markdown import markdown
    from aacbench.leaderboard.pages.page import page

    with _no_collection():
        found = assemble(root)
        files = {
            "README.md": markdown(found.views, found.reported).encode(),
            "index.html": page(found.views, found.reported, found.references).encode(),
            "leaderboard.csv": sheet(found.views).encode(),
            **{f"schema/{name}": text.encode() for name, text in schemas().items()},
        }
    return Built(files, found.problems)


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


def write_pages(root: Path) -> list[Path]:
    """Write the generated files; return their paths.

    Raises:
        UserError: as `build`, or a record is malformed.
    """
    built = build(root)
    if built.problems:
        raise UserError("; ".join(built.problems[:3]))
    sweep(root)
    for name, content in built.files.items():
        atomic_write(root / name, content)
    return [root / name for name in built.files]


def check(root: Path) -> list[str]:
    """Return what is wrong: generated files that differ, malformed records, rows that cannot be the record's.

    Raises:
        UserError: as `build`.
    """
    built = build(root)
    problems = list(built.problems)
    for name, content in built.files.items():
        path = root / name
        if not path.is_file() or path.read_bytes() != content:
            problems.append(f"{path} is not what the records say")
    boards = all_boards.load(root)
    for entry in read_entries(root, boards)[0]:
        try:
            problems += [f"{entry.path} {problem}" for problem in row_problems(boards[entry.board], entry)]
        except UserError as error:
            problems.append(str(error))
    return problems
