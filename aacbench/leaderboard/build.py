"""From records to pages, in memory: the same bytes on every machine, so that CI can build again and compare."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError
from aacbench.leaderboard import boards as all_boards
from aacbench.leaderboard import claims as all_claims
from aacbench.leaderboard import reported as all_reported
from aacbench.leaderboard.boards import Board, References
from aacbench.leaderboard.claims import Outcome
from aacbench.leaderboard.entries import Entry, read_all
from aacbench.leaderboard.reported import ReportedRow
from aacbench.leaderboard.rows import Row, mean, rows_of
from aacbench.leaderboard.schema import schemas
from aacbench.paths import atomic_write, sweep

MEAN_SLACK = 1e-6


@dataclass(frozen=True)
class BoardView:
    """A board with its rows, what is left out and why, the papers' numbers and the claims tested."""

    board: Board
    rows: Sequence[Row]
    left_out: Sequence[tuple[str, str]]
    reported: Sequence[ReportedRow]
    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class Built:
    """Generated files by name, and what is wrong with the records."""

    files: dict[str, bytes]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Assembled:
    """What the pages are made of."""

    views: Sequence[BoardView]
    reported: Sequence[ReportedRow]
    references: Mapping[str, References]
    problems: tuple[str, ...]


def assemble(root: Path) -> Assembled:
    """Return every board's rows, reported numbers and tested claims.

    Raises:
        UserError: a board, the claims or the reported numbers are malformed; a malformed record is a problem in the
            result and stands on no page.
    """
    boards = all_boards.load(root)
    entries, problems = _entries(root, boards)
    reported, claims = all_reported.load(root), all_claims.load(root)
    views = []
    for board in boards.values():
        mine = [entry for entry in entries if entry.board == board.id]
        objections = {entry.path: board.objection(entry) for entry in mine}
        rows = rows_of(board, [entry for entry in mine if objections[entry.path] is None])
        views.append(
            BoardView(
                board,
                rows,
                [(entry.name, reason) for entry in mine if (reason := objections[entry.path])],
                all_reported.for_board(board, reported),
                all_claims.outcomes([claim for claim in claims if claim.task == board.task], rows),
            )
        )
    references = {view.board.id: all_boards.shipped_references(root, view.board) or {} for view in views}
    return Assembled(views, reported, references, tuple(problems))


def build(root: Path) -> Built:
    """Return the generated files.

    Raises:
        UserError: as `assemble`.
    """
    from aacbench.leaderboard.markdown import markdown
    from aacbench.leaderboard.page import page
    from aacbench.leaderboard.sheet import sheet

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
    for entry in _entries(root, boards)[0]:
        try:
            problems += [f"{entry.path} {problem}" for problem in row_problems(boards[entry.board], entry)]
        except UserError as error:
            problems.append(str(error))
    return problems


def row_problems(board: Board, entry: Entry) -> list[str]:
    """Return what is wrong with an entry that shows without scoring it again.

    Raises:
        UserError: its rows are malformed.
    """
    problems = [objection] if (objection := board.objection(entry)) else []
    rows = entry.rows()
    pinned = board.pin.clips if board.pin else 0
    if len({row.clip for row in rows}) != pinned or (board.task == "captioning" and len(rows) != pinned):
        problems.append(f"has rows for {len({row.clip for row in rows})} of {pinned} clips")
    for name in sorted(set.intersection(*(set(row.scores) for row in rows)) if rows else ()):
        score = entry.record.scores.get(name)
        if (
            score is None
            or score.interval is None
            or score.interval.of_item_mean
            or name.startswith(("bleu", "meteor"))
        ):
            continue
        if abs(mean([row.scores[name] for row in rows]) - score.value) > MEAN_SLACK:
            problems.append(f"says {name} {score.value:.6f}, which is not the mean of its rows")
    return problems


def _entries(root: Path, boards: dict[str, Board]) -> tuple[list[Entry], list[str]]:
    entries, problems = [], []
    for one in read_all(root, boards):
        if isinstance(one, Entry):
            entries.append(one)
        else:
            problems.append(str(one))
    return entries, problems
