"""Every board's rows, reported numbers and tested claims, read from the records: what the pages are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.leaderboard.ranking import claims as all_claims
from aacbench.leaderboard.ranking import reported as all_reported
from aacbench.leaderboard.ranking.claims import Outcome
from aacbench.leaderboard.ranking.reported import ReportedRow
from aacbench.leaderboard.ranking.rows import Row, mean, rows_of
from aacbench.leaderboard.store import boards as all_boards
from aacbench.leaderboard.store.boards import Board, References
from aacbench.leaderboard.store.entries import Entry, read_all

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
    entries, problems = read_entries(root, boards)
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


def read_entries(root: Path, boards: dict[str, Board]) -> tuple[list[Entry], list[str]]:
    entries, problems = [], []
    for one in read_all(root, boards):
        if isinstance(one, Entry):
            entries.append(one)
        else:
            problems.append(str(one))
    return entries, problems
