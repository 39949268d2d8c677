"""The last step onto a board, for runs and submissions alike: pins, refusals, and all files at once or none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aacbench.contracts import MetricSpec
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.leaderboard.store import presets as all_presets
from aacbench.leaderboard.store.boards import Board, board_path, facts_from, load, pinned_signature, text_of
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.entries import CaptionRow, Entry, Rows, place, read_all, write
from aacbench.leaderboard.store.presets import Group, Presets
from aacbench.leaderboard.store.references import References, references_path, references_text
from aacbench.leaderboard.verification.integrity import NOTICED, copies, problems_of, repeats, words_of
from aacbench.runs.record import RunRecord


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that wants to stand on a board, with the rows that its predictions scored just now."""

    name: str
    board: Board
    record: RunRecord
    rows: Rows
    references: References
    group: Group = "presets"


@dataclass(frozen=True, slots=True)
class Added:
    """Where a record was put, and what a reader should know."""

    entry: Entry
    warnings: tuple[str, ...] = ()


def put(root: Path, candidate: Candidate, registries: Registries, changes: Changes, replace: bool = False) -> Added:
    """Write the record, its rows, and the pins that it is the first to need.

    Raises:
        UserError: it may not stand on the board, or another record is in its place.
    """
    board = candidate.board
    path = place(root, board.id, candidate.record)
    entry = Entry(board.id, candidate.record, path, candidate.rows)
    board = _with_facts(_pinned_signatures(board, entry), registries.metrics)
    presets = all_presets.load(root)
    if candidate.record.source == "run":
        presets = presets.with_record(candidate.record, candidate.group)
    warnings = _refused(root, candidate, board, entry, presets)
    _check_place(entry, replace)
    if board.ships_references and not references_path(root, board).exists():
        changes.write(references_path(root, board), references_text(candidate.references))
    changes.write(board_path(root, board), text_of(board))
    changes.write(root / all_presets.FILE, presets.text())
    published = entry if board.ships_captions else _without_captions(entry)
    write(root, published, changes)
    return Added(published, warnings)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a predictions file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _refused(root: Path, candidate: Candidate, board: Board, entry: Entry, presets: Presets) -> tuple[str, ...]:
    """Refuse what integrity refuses; return what it only notices."""
    published = entry if board.ships_captions else _without_captions(entry)
    problems = problems_of(board, published, presets, words_of(candidate.references))
    boards = load(root)
    others = [one for one in read_all(root, {**boards, board.id: board}) if isinstance(one, Entry)]
    others = [one for one in others if one.path != entry.path and one.board == entry.board]
    again = repeats([*others, published]).get(entry.path)
    problems += [again] if again else []
    if problems:
        raise UserError(f"{candidate.name} {problems[0]}; it cannot rank on {board.id}")
    share = (
        copies(entry, words_of(candidate.references)) if entry.kind != "ceiling" and board.task == "captioning" else 0.0
    )
    return (f"{share:.0%} of the captions are word for word references of their clips",) if share >= NOTICED else ()


def _without_captions(entry: Entry) -> Entry:
    rows = [row.model_copy(update={"caption": None}) for row in entry.rows() if isinstance(row, CaptionRow)]
    return Entry(entry.board, entry.record, entry.path, rows or entry.rows())


def _with_facts(board: Board, specs: Iterable[MetricSpec]) -> Board:
    missing = [name for name in board.metrics if name not in board.facts]
    return board.model_copy(update={"facts": {**board.facts, **facts_from(specs, missing)}})


def _pinned_signatures(board: Board, entry: Entry) -> Board:
    """Return the board with the entry's signatures pinned where it had none; a ceiling's own way pins nothing."""
    if board.pin is None or entry.kind == "ceiling":
        return board
    fresh = {name: pinned_signature(score.signature) for name, score in entry.record.scores.items()}
    for name, signature in fresh.items():
        wanted = board.pin.signatures.get(name, signature)
        if wanted != signature:
            odd = [key for key in {**wanted, **signature} if wanted.get(key) != signature.get(key)]
            raise UserError(
                f"{name} is now scored otherwise than on the board {board.id} ({', '.join(odd)} differ); "
                "`aacbench leaderboard rescore` brings the whole board up to date"
            )
    return board.model_copy(
        update={"pin": board.pin.model_copy(update={"signatures": {**fresh, **board.pin.signatures}})}
    )


def _check_place(entry: Entry, replace: bool) -> None:
    if replace or not entry.path.exists():
        return
    if RunRecord.load(entry.path) != entry.record:
        raise UserError(f"{entry.path} is there already, from another run; --replace puts this one in its place")
