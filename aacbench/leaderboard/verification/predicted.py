"""A predictions file on a board: which clips it is of, and what it scores."""

from __future__ import annotations

from pathlib import Path

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, counted, first_few
from aacbench.files.names import match_names
from aacbench.leaderboard.store.boards import Board, Pin, load
from aacbench.leaderboard.store.entries import RankedRow
from aacbench.leaderboard.store.references import References, digest, from_captions
from aacbench.leaderboard.verification.rescore import Scored, clips_of, score_captions, score_ranked
from aacbench.scoring.files import NAME, read_predictions
from aacbench.scoring.ranked_lists import is_top_list, read_lists


def predicted(
    board: Board, file: Path, references: References, registries: Registries, ceiling: bool = False
) -> Scored:
    """Return what the predictions score.

    Raises:
        UserError: the file has another form, or is not of the board's clips.
    """
    if board.task == "retrieval":
        return score_ranked(board, ranked_rows(file, references), references)
    read = read_predictions(file)
    said, seconds = read.captions, read.word_seconds
    names = match_names(references, said)
    if not (names.missing or names.extra):
        said = {clip: said[given] for clip, given in names.of.items()}
        seconds = {clip: seconds[given] for clip, given in names.of.items() if given in seconds}
    return score_captions(board, said, references, [*registries.metrics], ceiling, seconds)


def ranked_rows(path: Path, references: References) -> list[RankedRow]:
    """Return the ranked lists of a file in DCASE's form, one row a query.

    Raises:
        UserError: the file has another form, or a query is no reference.
    """
    if not is_top_list(path):
        raise UserError(f"{path} holds no ranked lists; wanted columns caption,{NAME}_1,...,{NAME}_10")
    clips, read = clips_of(references), read_lists(path)
    spelled = {query.strip(): query for query in clips}  # published tables keep blanks at the ends, datasets may not
    lists = {spelled.get(query.strip(), query): ranked for query, ranked in read.items()}
    strangers = [query for query in lists if query not in clips]
    if strangers:
        raise UserError(f"{path} has queries that are no reference: {first_few(strangers)}")
    names = match_names(references, (clip for ranked in lists.values() for clip in ranked))
    if not names.of:
        raise UserError(f"{path} lists no clip of the board: {first_few(names.extra)}{names.hint()}")
    own = {given: clip for clip, given in names.of.items()}
    return [
        RankedRow(query=query, clip=clips[query][0], ranked=[own.get(clip, clip) for clip in ranked], scores={})
        for query, ranked in lists.items()
    ]


def part_of(root: Path, board: Board, file: Path) -> Board:
    """Return the board of the clips that a file predicts: of a board whose clips vanish, some may be gone.

    Scores of other clips do not compare, so each set of clips has a board of its own, made when it is needed.
    """
    if not board.clips_vanish or board.pin is None or board.task != "captioning":
        return board
    named = read_predictions(file).captions
    if len(named) >= board.pin.clips:
        return board
    for other in load(root).values():
        if other.part_of == board.id and set(other.only) == set(named):
            return other
    return board.model_copy(
        update={
            "id": _free_id(root, f"{board.id}-{len(named)}"),
            "title": f"{board.title}, {len(named):,} clips",
            "summary": f"The {len(named):,} clips of {board.pin.clips:,} that could be had. {board.summary}",
            "order": board.order, "part_of": board.id, "only": sorted(named), "pin": None, "same": [],
            "clips_vanish": False,
        }
    )  # fmt: skip


def _free_id(root: Path, wanted: str) -> str:
    known, name, number = load(root), wanted, 2
    while name in known:
        name, number = f"{wanted}-{number}", number + 1
    return name


def with_pin(board: Board, registries: Registries, data_dir: Path | None) -> tuple[Board, References]:
    """Return a board without pinned data with what its dataset has, and its references."""
    references = from_captions(board, registries, data_dir)
    missing = [clip for clip in board.only if clip not in references]
    if missing:
        number = counted(len(missing), "clip is", "clips are")
        raise UserError(f"{number} not of {board.dataset} {board.version}: {first_few(missing)}")
    pin = Pin(clips=len(references), references=digest(references))
    return board.model_copy(update={"pin": pin}), references
