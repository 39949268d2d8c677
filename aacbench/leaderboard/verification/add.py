"""Taking a run onto the board: its predictions are scored again, and only what they score is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.leaderboard.store import references as sources
from aacbench.leaderboard.store.boards import Board, Pin, board_of, load
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.presets import Group
from aacbench.leaderboard.store.references import References, digest
from aacbench.leaderboard.verification.described import described, preset_group
from aacbench.leaderboard.verification.predicted import part_of, predicted
from aacbench.leaderboard.verification.put import Added, Candidate, file_digest, put
from aacbench.leaderboard.verification.rescore import Scored, differences
from aacbench.runs.record import RunRecord, ScoreRecord
from aacbench.scoring.signatures import ranking_key


@dataclass(frozen=True, slots=True)
class AddRequest:
    """A run's folder, the leaderboard's, and what the command line says besides."""

    root: Path
    run: Path
    data_dir: Path | None = None
    replace: bool = False
    label: str | None = None


def add(request: AddRequest, registries: Registries, changes: Changes) -> Added:
    """Score a run's predictions again and put its record on the board that ranks its data.

    The first record of a board pins the board's data and signatures. A `label` is the name of settings that are those
    of no preset.

    Raises:
        UserError: the record is malformed, was changed by hand, is of other data, misses clips, was scored in another
            way than the board, or is there already with other contents.
    """
    run, root = request.run, request.root
    record = described(RunRecord.load(run / "record.json"), registries)
    if record.preset == "smoke":
        raise UserError(
            f"{run} is a smoke run: it shows that a method works, its scores mean nothing; use quick or paper"
        )
    record, group = _labelled(request, record, registries)
    file = run / "predictions.csv"
    board = part_of(root, board_of(load(root), record), file)
    board, references = _pinned_data(request, board, record, registries)
    scored = predicted(board, file, references, registries, record.role == "ceiling")
    warnings = _compare(run, record, scored)
    hashed = {"predictions": file_digest(file)} if not board.ships_captions else {}
    kept = record.model_copy(update={"scores": scored.scores, **hashed})
    candidate = Candidate(str(run), board, kept, scored.rows, references, group)
    added = put(root, candidate, registries, changes, request.replace)
    if record.commit is None or record.commit.endswith("+"):
        warnings.append("the code it ran with is not a commit, so the run cannot be repeated exactly")
    return Added(added.entry, (*added.warnings, *warnings))


def _labelled(request: AddRequest, record: RunRecord, registries: Registries) -> tuple[RunRecord, Group]:
    """Return the record under the name that its settings may bear, and which kind of name that is."""
    if request.label is not None:
        if request.label in [name for spec in registries.methods for name in spec.presets]:
            raise UserError(f"{request.label!r} is the name of a preset; settings of one's own need another --label")
        return record.model_copy(update={"preset": request.label}), "own"
    return record, preset_group(request.root, request.run, record, registries)


def _pinned_data(
    request: AddRequest, board: Board, record: RunRecord, registries: Registries
) -> tuple[Board, References]:
    """Return the board with its data pinned, and its references."""
    if board.pin is not None and (board.pin.fingerprint is not None or record.source == "submitted"):
        return board, sources.references(request.root, board, registries, request.data_dir)
    references, fingerprint = sources.from_dataset(board, registries, request.data_dir)
    if fingerprint != record.data.fingerprints.get("evaluation"):
        raise UserError(
            f"the record's evaluation clips are not those of {board.dataset} {board.version} on this machine "
            f"(fingerprint {fingerprint[:12]}); the first run of a board pins its data"
        )
    sources.pinned(board, references, f"{board.dataset} {board.version} on this machine")
    signatures = board.pin.signatures if board.pin else {}
    pin = Pin(fingerprint=fingerprint, clips=len(references), references=digest(references), signatures=signatures)
    return board.model_copy(update={"pin": pin}), references


def _compare(run: Path, record: RunRecord, scored: Scored) -> list[str]:
    """Return how the record's scores were computed otherwise; refuse those that were changed."""
    warnings = []
    for name, mine in record.scores.items():
        fresh = scored.scores.get(name)
        if fresh is None:
            continue
        if ranking_key(mine.signature) != ranking_key(fresh.signature):
            warnings.append(f"{name} was scored with another version or way; the board keeps {fresh.value:.4f}")
            continue
        bare = {name: ScoreRecord(value=mine.value, signature=mine.signature, interval=fresh.interval)}
        for difference in differences(bare, {name: fresh}):
            raise UserError(f"{run}: {difference}; a board takes only what the predictions themselves score")
    return warnings
