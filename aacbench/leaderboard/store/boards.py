"""Boards: what ranks together. A board names its data and task, and pins, with its first record, the fingerprint of
the evaluation clips and the signature of every metric; whatever differs does not rank beside the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from aacbench.errors import UserError, cut
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import read_bytes, reason
from aacbench.leaderboard.store.entries import Entry, parse_jsonl
from aacbench.leaderboard.store.names import checked, inside
from aacbench.runs.record import RunRecord
from aacbench.scoring.signatures import ranking_key

BOARD_SCHEMA_VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pin(_Part):
    """What every record of a board shares."""

    fingerprint: str
    clips: int
    signatures: dict[str, dict[str, Any]]


class Board(_Part):
    """`reported` names the papers' data sets whose numbers may be set beside ours (exactly: `same`; or for the eye
    alone: `near`); `tolerance` is how far, as a share of the paper's number, a reproduction may lie from it.
    """

    schema_version: Literal[1] = 1
    id: str
    order: int
    title: str
    summary: str
    task: str
    dataset: str
    version: str
    settings: dict[str, str] = {}
    rank_by: str
    metrics: list[str]
    metric_settings: dict[str, dict[str, Any]] = {}
    leading: list[str]
    same: list[str] = []
    near: list[str] = []
    tolerance: float = 0.05
    ships_references: bool = False
    ships_audio: bool = False
    pin: Pin | None = None

    def holds(self, record: RunRecord) -> bool:
        """Whether the record is of this board's data and task."""
        data = record.data
        return (record.task, data.name, data.version, data.settings) == (
            self.task,
            self.dataset,
            self.version,
            self.settings,
        )

    def comparable(self, record: RunRecord, metric: str) -> bool:
        """Whether the record's score in `metric` was computed as the board's others; `human` has its own way."""
        score = record.scores.get(metric)
        if score is None or self.pin is None or metric not in self.pin.signatures:
            return False
        wanted = self.pin.signatures[metric]
        if record.method == "human":
            return all(score.signature.get(key) == wanted.get(key) for key in ("metric", "version", "engine", "items"))
        own = {"aacbench": score.signature["aacbench"]} if "aacbench" in score.signature else {}
        return score.signature == wanted | own

    def objection(self, entry: Entry) -> str | None:
        """Return why the entry may not rank here; None where it may."""
        record, pin = entry.record, self.pin
        if not self.holds(record):
            return f"is not of {self.dataset} {self.version}, {self.task}"
        if pin is None:
            return "stands on a board that has no pinned data yet"
        if record.data.fingerprints.get("evaluation") != pin.fingerprint:
            return "was scored on other clips or references (another fingerprint)"
        if record.data.clips.get("evaluation") != pin.clips:
            return f"has {record.data.clips.get('evaluation')} of {pin.clips} evaluation clips"
        left_out = any("leave_one_out" in score.signature for score in record.scores.values())
        if left_out != (entry.kind == "ceiling"):
            return "was scored leaving references out, as `human` is and nothing else"
        return None


def load(root: Path) -> dict[str, Board]:
    """Return the boards by id, in their order.

    Raises:
        UserError: there are none, or one does not follow the schema.
    """
    found = []
    for path in sorted((root / "boards").glob("*.json")):
        try:
            board = Board.model_validate_json(read_bytes(path))
        except ValidationError as error:
            raise UserError(f"{path} is no board of schema {BOARD_SCHEMA_VERSION}: {reason(error)}") from error
        if checked("board", board.id) != path.stem:
            raise UserError(f"{path} holds the board {cut(board.id)!r}; a board's file bears its id")
        found.append(board)
    if not found:
        raise UserError(f"no boards in {root / 'boards'}; name a leaderboard's folder with --root")
    return {board.id: board for board in sorted(found, key=lambda board: (board.order, board.id))}


def save(root: Path, board: Board) -> None:
    """Write a board's file."""
    text = json.dumps(board.model_dump(mode="json"), indent=2, ensure_ascii=False)
    atomic_write(inside(root, "boards", f"{checked('board', board.id)}.json"), text + "\n")


def board_of(boards: Mapping[str, Board], record: RunRecord) -> Board:
    """Return the board that a record belongs on.

    Raises:
        UserError: there is none.
    """
    for board in boards.values():
        if board.holds(record):
            return board
    data = record.data
    settings = f" with settings {data.settings}" if data.settings else ""
    raise UserError(
        f"no board ranks {record.task} on {data.name} {data.version}{settings}; there are {', '.join(boards)}"
    )


def pinned_signature(signature: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a signature that two scores must share."""
    loaded: dict[str, Any] = json.loads(ranking_key(signature))
    return loaded


References = dict[str, tuple[str, ...]]


def references_path(root: Path, board: Board) -> Path:
    """Return where a board's references lie, if they are shipped."""
    return inside(root, "references", f"{checked('board', board.id)}.jsonl")


def save_references(root: Path, board: Board, references: References) -> None:
    """Write a board's references: one clip a line."""
    lines = [json.dumps({"clip": clip, "references": texts}, ensure_ascii=False) for clip, texts in references.items()]
    atomic_write(references_path(root, board), "\n".join(lines) + "\n")


def shipped_references(root: Path, board: Board) -> References | None:
    """Return the references that lie beside the board, None where there are none.

    Raises:
        UserError: the file cannot be read, or a line is no clip with its references.
    """
    path = references_path(root, board)
    if not path.is_file():
        return None
    found: References = {}
    for number, row in enumerate(parse_jsonl(path), 1):
        clip, texts = (row.get("clip"), row.get("references")) if isinstance(row, dict) else (None, None)
        if not (isinstance(clip, str) and isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
            raise UserError(f"{path}, line {number}: wanted a clip and its references")
        if clip in found:
            raise UserError(f"{path}, line {number}: the clip {cut(clip)!r} comes twice")
        found[clip] = tuple(texts)
    return found
