"""A board's references: those shipped beside it, or the dataset's own where they may not be.

Either way they must be those that the board pins, clip for clip and in the same order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from aacbench.contracts import CaptionSource, Dataset, DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError, cut
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import parse_jsonl
from aacbench.leaderboard.store.names import checked, inside

References = dict[str, tuple[str, ...]]


def digest(references: Mapping[str, tuple[str, ...]]) -> str:
    """Return the SHA-256 of all references: names of the clips, their captions, and the order of both."""
    return hashlib.sha256(_lines(references).encode("utf-8", "surrogatepass")).hexdigest()


def _lines(references: Mapping[str, tuple[str, ...]]) -> str:
    rows = (
        json.dumps({"clip": clip, "references": list(texts)}, ensure_ascii=False) for clip, texts in references.items()
    )
    return "".join(f"{row}\n" for row in rows)


def references_path(root: Path, board: Board) -> Path:
    """Return where a board's references lie, if they are shipped."""
    return inside(root, "references", f"{checked('board', board.id)}.jsonl")


def references_text(references: References) -> str:
    """Return what the file of shipped references holds: one clip a line."""
    return _lines(references)


def shipped_references(root: Path, board: Board) -> References | None:
    """Return the references that lie beside the board, None where there are none.

    Raises:
        UserError: the board's references may not be shipped, the file cannot be read, a line is no clip with its
            references, or they are not those that the board pins.
    """
    path = references_path(root, board)
    if not path.is_file():
        return None
    if not board.ships_references:
        raise UserError(f"{path} must not be there: the references of {board.id} may not be published; delete it")
    references: References = {}
    for number, row in enumerate(parse_jsonl(path), 1):
        clip, texts = (row.get("clip"), row.get("references")) if isinstance(row, dict) else (None, None)
        if not (isinstance(clip, str) and isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
            raise UserError(f"{path}, line {number}: wanted a clip and its references")
        if clip in references:
            raise UserError(f"{path}, line {number}: the clip {cut(clip)!r} comes twice")
        references[clip] = tuple(texts)
    return pinned(board, references, str(path))


def pinned(board: Board, references: References, where: str) -> References:
    """Return the references if they are those that the board pins.

    Raises:
        UserError: they are not.
    """
    known = board.pin.references if board.pin else None
    if board.pin is not None and known is not None and digest(references) != known:
        count = f"; it has {len(references):,} of {board.pin.clips:,} clips" * (len(references) != board.pin.clips)
        raise UserError(
            f"{where} does not hold the references that the board {board.id} pins, clip for clip in their order{count}"
        )
    return references


def references(root: Path, board: Board, registries: Registries, data_dir: Path | None = None) -> References:
    """Return the references of the board's evaluation clips.

    Raises:
        UserError: they are neither beside the board nor where the dataset is looked for, or are not those it pins.
    """
    return shipped_references(root, board) or from_captions(board, registries, data_dir)


def from_captions(board: Board, registries: Registries, data_dir: Path | None = None) -> References:
    """Return the references as the dataset has them, without its audio where it can do without.

    Raises:
        UserError: the dataset is not here, or its captions are not those that the board pins.
    """
    try:
        dataset = board_dataset(board, registries, data_dir)
        if isinstance(dataset, CaptionSource):
            texts = dict(dataset.captions_by_id("evaluation"))
        else:
            texts = {clip.id: clip.captions for clip in dataset.clips("evaluation")}
    except UserError as error:
        raise UserError(f"the references of the board {board.id} are needed to score it: {error}") from error
    if board.only:
        wanted = set(board.only)
        texts = {clip: captions for clip, captions in texts.items() if clip in wanted}
    return pinned(board, texts, f"{board.dataset} {board.version} on this machine")


def from_dataset(board: Board, registries: Registries, data_dir: Path | None = None) -> tuple[References, str]:
    """Return the references and the fingerprint of the evaluation clips as the dataset has them, audio included.

    Raises:
        UserError: the dataset is not here.
    """
    try:
        clips = board_dataset(board, registries, data_dir).clips("evaluation")
    except UserError as error:
        raise UserError(f"the references of the board {board.id} are needed to score it: {error}") from error
    return {clip.id: clip.captions for clip in clips}, fingerprint(clips)


def board_dataset(board: Board, registries: Registries, data_dir: Path | None) -> Dataset:
    """Return the board's own dataset; one's own data have no versions to ask for.

    Raises:
        UserError: it is not here.
    """
    versions = registries.datasets[board.dataset].versions
    asked = board.version if versions else None
    return registries.dataset(board.dataset, DatasetOptions(data_dir, asked, board.settings))
