"""Every board's rows, reported numbers and tested claims, read from the records: what the pages are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError
from aacbench.leaderboard.ranking import claims as all_claims
from aacbench.leaderboard.ranking import reported as all_reported
from aacbench.leaderboard.ranking.claims import Claim, ClaimOutcome
from aacbench.leaderboard.ranking.reported import ReportedRow
from aacbench.leaderboard.ranking.rows import BoardRow, rows_of
from aacbench.leaderboard.store import boards as all_boards
from aacbench.leaderboard.store import presets as all_presets
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import Entry, read_all
from aacbench.leaderboard.store.presets import Presets
from aacbench.leaderboard.store.references import References, shipped_references
from aacbench.leaderboard.verification.integrity import problems_of, repeats, words_of


@dataclass(frozen=True)
class BoardView:
    """A board with its rows, the papers' numbers, the claims tested and the references that are shipped."""

    board: Board
    rows: Sequence[BoardRow]
    reported: Sequence[ReportedRow]
    outcomes: Sequence[ClaimOutcome]
    references: References

    @property
    def systems(self) -> int:
        """How many rows are of systems."""
        return sum(row.kind == "system" for row in self.rows)


@dataclass(frozen=True)
class Assembled:
    """What the pages are made of."""

    views: Sequence[BoardView]
    reported: Sequence[ReportedRow]
    problems: tuple[str, ...]


def assemble(root: Path) -> Assembled:
    """Return every board's rows, reported numbers and tested claims.

    Raises:
        UserError: a board, the claims or the reported numbers are malformed; a malformed record is a problem in the
            result and stands on no page.
    """
    boards, presets = all_boards.load(root), all_presets.load(root)
    problems: list[str] = []
    references: dict[str, References] = {}
    for board in boards.values():
        try:
            references[board.id] = shipped_references(root, board) or {}
        except UserError as error:
            problems.append(str(error))
    entries = _sound(_read(root, boards, problems), boards, presets, references, problems)
    reported, claims = all_reported.load(root), all_claims.load(root)
    views = [
        _view(board, entries, reported, claims, presets, references.get(board.id, {})) for board in boards.values()
    ]
    return Assembled(views, reported, tuple(problems))


def _view(
    board: Board,
    entries: Sequence[Entry],
    reported: Sequence[ReportedRow],
    claims: Sequence[Claim],
    presets: Presets,
    references: References,
) -> BoardView:
    rows = rows_of(board, [entry for entry in entries if entry.board == board.id])
    asked = [claim for claim in claims if claim.task == board.task and claim.metric in board.metrics]
    outcomes = all_claims.outcomes(board, asked, rows, presets)
    return BoardView(board, rows, all_reported.for_board(board, reported), outcomes, references)


def _read(root: Path, boards: Mapping[str, Board], problems: list[str]) -> list[Entry]:
    entries = []
    for one in read_all(root, boards):
        if isinstance(one, Entry):
            entries.append(one)
        else:
            problems.append(str(one))
    return entries


def _sound(
    entries: Sequence[Entry],
    boards: Mapping[str, Board],
    presets: Presets,
    references: Mapping[str, References],
    problems: list[str],
) -> list[Entry]:
    """Return the entries that nothing is wrong with; of the others, say what."""
    sound = []
    words = {board: words_of(texts) for board, texts in references.items()}
    for entry in entries:
        try:
            wrong = problems_of(boards[entry.board], entry, presets, words.get(entry.board, {}))
        except UserError as error:
            problems.append(str(error))
            continue
        problems += [f"{entry.path} {problem}" for problem in wrong]
        sound += [] if wrong else [entry]
    again = repeats(sound)
    problems += [f"{path} {problem}" for path, problem in again.items()]
    return [entry for entry in sound if entry.path not in again]
