"""Boards: what ranks together. A board names its data and task, and pins what all its records share: the evaluation
clips, their references in order, and the signature of every metric. Whatever differs does not rank beside the others.

What the pages know of a metric stands in the board's file, not in the code, so that a page is the same whichever
plugins are installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, cut
from aacbench.files.safe_read import parse_unique, read_bytes, reason
from aacbench.leaderboard.store.entries import Entry
from aacbench.leaderboard.store.names import checked, inside
from aacbench.runs.bounds import Count, Name, Text, Url, Values
from aacbench.runs.record import RunRecord
from aacbench.scoring.signatures import ranking_key

BOARD_SCHEMA_VERSION = 1
EVALUATION = "evaluation"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pin(_Part):
    """What every record of a board shares.

    `references` is the hash of all references in order (`store.references.digest`), None on boards of earlier releases
    until they are scored anew; `fingerprint`, which covers the
    audio too, is pinned by the first run, since a submission knows no audio.
    """

    clips: Count
    references: Text | None = None
    fingerprint: Text | None = None
    signatures: dict[Name, Values] = {}


class MetricFacts(_Part):
    """What a board knows of a metric: its name in tables, how the corpus score comes about, and what it can be."""

    label: Text
    aggregate: Literal["mean", "summed"] = "mean"
    higher_is_better: bool = True
    lowest: float | None = None
    highest: float | None = None


class Board(_Part):
    """`reported` numbers of the data sets in `same` may be set beside ours; `compare_by` are the metrics for that, the
    first that a paper has; `tolerance` is how far, as a share of the paper's number, a reproduction may lie from it.

    `overlaps` counts the evaluation clips that are in other data sets, as far as that is known. With `clips_vanish`, a
    record on some of the clips goes to a board of its own, which is `part_of` this one and names its clips in `only`.
    """

    schema_version: Literal[1] = 1
    id: Name
    order: int
    title: Text
    summary: Text
    task: Name
    dataset: Name
    version: Text
    settings: dict[Text, Text] = {}
    rank_by: Name
    metrics: list[Name]
    metric_settings: dict[Name, Values] = {}
    leading: list[Name]
    facts: dict[Name, MetricFacts] = {}
    compare_by: list[Name] = []
    same: list[Text] = []
    tolerance: float = 0.05
    url: Url = ""
    overlaps: dict[Name, Count] = {}
    ships_references: bool = False
    ships_captions: bool = True
    ships_audio: bool = False
    clips_vanish: bool = False
    part_of: Name | None = None
    only: Annotated[list[Text], Field(max_length=100_000)] = []
    pin: Pin | None = None

    @model_validator(mode="after")
    def _ranks(self) -> Self:
        if self.rank_by not in self.metrics:
            raise ValueError(f"rank_by is {cut(self.rank_by)!r}, which is none of its metrics")
        return self

    def facts_of(self, metric: str) -> MetricFacts:
        """Return what is known of a metric; nothing but its name where nothing is."""
        return self.facts.get(metric) or MetricFacts(label=metric)

    def better(self, metric: str, one: float, other: float) -> bool:
        """Whether `one` is the better score of the two."""
        return one > other if self.facts_of(metric).higher_is_better else one < other

    def holds(self, record: RunRecord) -> bool:
        """Whether the record is of this board's data and task."""
        data = record.data
        mine = (self.task, self.dataset, self.version, self.settings)
        return (record.task, data.name, data.version, data.settings) == mine

    def comparable(self, record: RunRecord, metric: str) -> bool:
        """Whether the record's score in `metric` was computed as the board's others; a ceiling has its own way."""
        score = record.scores.get(metric)
        if score is None or self.pin is None or metric not in self.pin.signatures:
            return False
        wanted = self.pin.signatures[metric]
        if record.role == "ceiling":
            return all(score.signature.get(key) == wanted.get(key) for key in ("metric", "version", "engine", "items"))
        own = {"aacbench": score.signature["aacbench"]} if "aacbench" in score.signature else {}
        return score.signature == wanted | own

    def objection(self, entry: Entry) -> str | None:
        """Return why the entry may not rank here; None where it may."""
        record, pin = entry.record, self.pin
        if not self.holds(record):
            return f"is not of {self.dataset} {self.version}, {self.task}"
        if record.data.split != EVALUATION:
            return f"was scored on the split {cut(record.data.split)}; a board ranks the {EVALUATION} split"
        if pin is None:
            return "stands on a board that has no pinned data yet"
        if record.data.clips.get("evaluation") != pin.clips:
            return f"has {record.data.clips.get('evaluation')} of {pin.clips} evaluation clips"
        heard = record.source == "run"  # a submission knows the references alone
        wanted = pin.fingerprint if heard else pin.references
        if record.data.fingerprints.get("evaluation" if heard else "references") != wanted:
            return "was scored on other clips or references (another fingerprint)"
        left_out = any("leave_one_out" in score.signature for score in record.scores.values())
        if left_out != (record.role == "ceiling"):
            return "was scored leaving references out, as a ceiling is and nothing else"
        return None


def facts_from(specs: Iterable[MetricSpec], names: Iterable[str]) -> dict[str, MetricFacts]:
    """Return what the installed metrics say of themselves, for those of `names` that are installed."""
    makers = {output: spec for spec in specs for output in spec.outputs}
    return {
        name: MetricFacts(
            label=spec.label_of(name),
            aggregate=spec.aggregate,
            higher_is_better=spec.higher_is_better,
            lowest=spec.range[0],
            highest=spec.range[1] if spec.range[1] < float("inf") else None,
        )
        for name in names
        if (spec := makers.get(name))
    }


def load(root: Path) -> dict[str, Board]:
    """Return the boards by id, in their order.

    Raises:
        UserError: there are none, or one does not follow the schema.
    """
    boards = []
    for path in sorted((root / "boards").glob("*.json")):
        try:
            stored = parse_unique(read_bytes(path))
            if isinstance(stored, dict):
                stored.pop("near", None)  # boards of earlier releases set other data's numbers beside theirs
            board = Board.model_validate(stored, strict=True)
        except ValueError as error:
            raise UserError(f"{path} is no board of schema {BOARD_SCHEMA_VERSION}: {reason(error)}") from error
        if checked("board", board.id) != path.stem:
            raise UserError(f"{path} holds the board {cut(board.id)!r}; a board's file bears its id")
        boards.append(board)
    if not boards:
        raise UserError(f"no boards in {root / 'boards'}; name a leaderboard's folder with --root")
    return {board.id: board for board in sorted(boards, key=lambda board: (board.order, board.id))}


def text_of(board: Board) -> str:
    """Return what a board's file holds."""
    return json.dumps(board.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def board_path(root: Path, board: Board) -> Path:
    """Return where a board's file lies."""
    return inside(root, "boards", f"{checked('board', board.id)}.json")


def board_of(boards: Mapping[str, Board], record: RunRecord) -> Board:
    """Return the board that a record belongs on.

    Raises:
        UserError: there is none.
    """
    for board in boards.values():
        if board.holds(record) and board.part_of is None:
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
