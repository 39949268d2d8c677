"""Taking a run onto the board: its predictions are scored again, and only what they score is kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, first_few
from aacbench.leaderboard.store import references as sources
from aacbench.leaderboard.store.boards import (
    Board,
    Pin,
    References,
    board_of,
    load,
    pinned_signature,
    save,
    save_references,
)
from aacbench.leaderboard.store.entries import Entry, RankedRow, place, write
from aacbench.leaderboard.verification.rescore import Scored, clips_of, differences, score_captions, score_ranked
from aacbench.runs.record import RunRecord, ScoreRecord
from aacbench.scoring.files import NAME, read_predictions
from aacbench.scoring.ranked_lists import is_top_list, read_lists
from aacbench.scoring.signatures import ranking_key


@dataclass(frozen=True, slots=True)
class Added:
    """Where a record was put, and what a reader should know."""

    entry: Entry
    cautions: tuple[str, ...] = ()


def add(root: Path, run: Path, registries: Registries, data_dir: Path | None = None, replace: bool = False) -> Added:
    """Score a run's predictions again and put its record on the board that ranks its data.

    The first record of a board pins the board's data and signatures.

    Raises:
        UserError: the record is malformed, was changed by hand, is of other data, misses clips, was scored in another
            way than the board, or is there already with other contents.
    """
    record = RunRecord.load(run / "record.json")
    if record.preset == "smoke":
        raise UserError(
            f"{run} is a smoke run: it shows that a method works, its scores mean nothing; use quick or paper"
        )
    board = board_of(load(root), record)
    board, references = _pinned_data(root, board, record, registries, data_dir)
    scored = _score(run, board, record, references, registries)
    cautions = _compare(run, record, scored)
    entry = Entry(board.id, record.model_copy(update={"scores": scored.scores}), place(root, board.id, record))
    if objection := board.objection(entry):
        raise UserError(f"{run} {objection}; it cannot rank on {board.id}")
    board = _pinned_signatures(board, entry)
    _check_place(entry, replace)
    save(root, board)
    write(root, entry, scored.rows)
    if record.commit is None or record.commit.endswith("+"):
        cautions.append("the code it ran with is not a commit, so the run cannot be repeated exactly")
    return Added(entry, tuple(cautions))


def _pinned_data(
    root: Path, board: Board, record: RunRecord, registries: Registries, data_dir: Path | None
) -> tuple[Board, References]:
    if board.pin is not None:
        return board, sources.references(root, board, registries, data_dir)
    references, found = sources.from_dataset(board, registries, data_dir)
    if found != record.data.fingerprints.get("evaluation"):
        raise UserError(
            f"the record's evaluation clips are not those of {board.dataset} {board.version} on this machine "
            f"(fingerprint {found[:12]}); the first record of a board pins its data"
        )
    if board.ships_references:
        save_references(root, board, references)
    return board.model_copy(update={"pin": Pin(fingerprint=found, clips=len(references), signatures={})}), references


def _score(run: Path, board: Board, record: RunRecord, references: References, registries: Registries) -> Scored:
    path = run / "predictions.csv"
    if board.task == "retrieval":
        return score_ranked(board, ranked_rows(path, references), references)
    predictions = read_predictions(path)
    return score_captions(
        board, predictions.captions, references, [*registries.metrics], ceiling=record.method == "human"
    )


def ranked_rows(path: Path, references: References) -> list[RankedRow]:
    """Return the ranked lists of a file in DCASE's form, one row a query.

    Raises:
        UserError: the file has another form, or a query is no reference.
    """
    if not is_top_list(path):
        raise UserError(f"{path} holds no ranked lists; wanted columns caption,{NAME}_1,...,{NAME}_10")
    clips, lists = clips_of(references), read_lists(path)
    strangers = [query for query in lists if query not in clips]
    if strangers:
        raise UserError(f"{path} has queries that are no reference: {first_few(strangers)}")
    return [RankedRow(query=query, clip=clips[query][0], ranked=ranked, scores={}) for query, ranked in lists.items()]


def _compare(run: Path, record: RunRecord, scored: Scored) -> list[str]:
    """Return how the record's scores were computed otherwise; refuse those that were changed."""
    cautions = []
    for name, mine in record.scores.items():
        fresh = scored.scores.get(name)
        if fresh is None:
            continue
        if ranking_key(mine.signature) != ranking_key(fresh.signature):
            cautions.append(f"{name} was scored with another version or way; the board keeps {fresh.value:.4f}")
            continue
        bare = {name: ScoreRecord(value=mine.value, signature=mine.signature, interval=fresh.interval)}
        for difference in differences(bare, {name: fresh}):
            raise UserError(f"{run}: {difference}; a board takes only what the predictions themselves score")
    return cautions


def _pinned_signatures(board: Board, entry: Entry) -> Board:
    """Return the board with the entry's signatures pinned where it had none; human's own way pins nothing."""
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
