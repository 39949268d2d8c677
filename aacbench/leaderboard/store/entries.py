"""An entry: a run record with one row a clip (captions) or a query (retrieval), and where it lies on the board.

Rows are JSON lines. Scores of a row are rounded to six decimals; a record's own scores keep every digit.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from aacbench.contracts import Role
from aacbench.errors import UserError, one_line
from aacbench.files.safe_read import parse_unique, read_bytes, reason
from aacbench.files.tree import walk
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.names import checked, inside
from aacbench.runs.bounds import Name, ScoreValue, Text
from aacbench.runs.record import RunRecord

ROW_SCHEMA_VERSION = 1
DECIMALS = 6
MILLION = 10**DECIMALS

Caption = Annotated[str, StringConstraints(max_length=2000)]
DEEPEST_LIST = 100_000
MOST_WORDS = 2000
Second = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_WORDS = re.compile(r"\w+")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    clip: Text
    scores: dict[Name, ScoreValue]


class CaptionRow(_Row):
    """A clip with the system's caption and its scores; None is a caption that may not be published.

    `word_seconds` say when the system attended at each word of the caption; they are there where a board's metric reads
    them and the system says so.
    """

    caption: Caption | None
    word_seconds: Annotated[list[Second | None], Field(max_length=MOST_WORDS)] | None = None


class RankedRow(_Row):
    """A query with the clips ranked first, best first; `clip` is the first that it is a reference of."""

    query: Caption
    ranked: Annotated[list[Text], Field(max_length=DEEPEST_LIST)]


Rows = list[CaptionRow] | list[RankedRow]
_ROWS: dict[str, TypeAdapter[Any]] = {
    "captioning": TypeAdapter(CaptionRow),
    "retrieval": TypeAdapter(RankedRow),
}
TASKS = tuple(_ROWS)


@dataclass(frozen=True)
class Contents:
    """Rows in numbers: the clip of each, each metric's scores in millionths, and hashes of what was predicted.

    `said` has one number a row for its caption, whatever its letter case and punctuation; `predictions` covers all
    rows, captions and lists word for word, and is empty where they may not be published.
    """

    clips: tuple[str, ...]
    scores: dict[str, NDArray[np.float64]]
    said: tuple[int, ...]
    predictions: str

    def by_clip(self, metric: str) -> NDArray[np.float64] | None:
        """Return a metric's scores, the mean over the queries of each clip; None where some row lacks it."""
        if metric not in self.scores:
            return None
        number_of = {clip: number for number, clip in enumerate(dict.fromkeys(self.clips))}
        if len(number_of) == len(self.clips):
            return self.scores[metric]
        of = np.fromiter((number_of[clip] for clip in self.clips), np.intp, len(self.clips))
        means: NDArray[np.float64] = np.bincount(of, self.scores[metric]) / np.bincount(of)
        return means


def contents_of(rows: Rows) -> Contents:
    """Return what rows hold in numbers."""
    names = [name for name in (rows[0].scores if rows else ()) if all(name in row.scores for row in rows)]
    scores = {name: np.array([round(row.scores[name] * MILLION) for row in rows], np.float64) for name in names}
    predicted = [
        (row.clip, row.caption) if isinstance(row, CaptionRow) else (row.query, tuple(row.ranked)) for row in rows
    ]
    unknown = any(isinstance(row, CaptionRow) and row.caption is None for row in rows)
    digest = "" if unknown else hashlib.sha256(repr(sorted(predicted)).encode("utf-8", "replace")).hexdigest()
    said = tuple(wording(row.caption or "") for row in rows if isinstance(row, CaptionRow))
    return Contents(tuple(row.clip for row in rows), scores, said, digest)


def wording(caption: str) -> int:
    """Return a number that captions of the same words share, whatever their letter case and punctuation."""
    return zlib.crc32(" ".join(_WORDS.findall(caption.casefold())).encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Entry:
    """A record at its place on the board; the rows are read when they are asked for, but for those that are `fresh`."""

    board: str
    record: RunRecord
    path: Path
    fresh: Rows | None = None

    @property
    def kind(self) -> Role:
        """Whether it is a system, or a floor or ceiling that systems stand between."""
        return self.record.role

    @property
    def name(self) -> str:
        """`method/variant-seedK`, for messages."""
        return f"{self.record.method}/{self.path.stem}"

    @cached_property
    def contents(self) -> Contents:
        """What the rows hold, without their texts; raises as `rows`."""
        return contents_of(self.rows())

    def rows(self) -> Rows:
        """Return the rows.

        Raises:
            UserError: the file is missing or a line does not follow the schema.
        """
        if self.fresh is not None:
            return self.fresh
        return read_rows(self.path.with_suffix(".jsonl"), self.record.task)


def place(root: Path, board: str, record: RunRecord) -> Path:
    """Return where the record belongs: `results/BOARD/METHOD/VARIANT-seedK[-PRESET].json`.

    Raises:
        UserError: a name could lead elsewhere.
    """
    return root.joinpath(*_parts(board, record))


def _parts(board: str, record: RunRecord) -> tuple[str, str, str, str]:
    preset = "" if record.preset == "quick" else f"-{checked('preset', record.preset)}"
    file = f"{checked('variant', record.variant)}-seed{record.seed}{preset}.json"
    return "results", checked("board", board), checked("method", record.method), file


def read_rows(path: Path, task: str) -> Rows:
    """Return the rows of a JSON-lines file.

    Raises:
        UserError: the file is missing, or a line does not follow the schema.
    """
    adapter, rows = _ROWS[task], []
    try:
        text = read_bytes(path)
    except UserError as error:
        raise UserError(f"{error}; a record stands beside its rows") from error
    for number, line in enumerate(text.splitlines(), 1):
        try:
            row = adapter.validate_json(line, strict=True)
            if _line(row).encode() != line:
                parse_unique(line)
        except ValueError as error:
            raise UserError(f"{path}, line {number}: {reason(error)}") from error
        rows.append(row)
    return rows


def write(root: Path, entry: Entry, changes: Changes) -> None:
    """Write the record and its rows to their place.

    Raises:
        UserError: the place lies outside the leaderboard's folder.
    """
    inside(root, *entry.path.relative_to(root).parts)
    changes.write(entry.path.with_suffix(".jsonl"), "".join(f"{_line(row)}\n" for row in entry.rows()))
    changes.write(entry.path, entry.record.text())


def _line(row: CaptionRow | RankedRow) -> str:
    return row.model_dump_json(exclude_defaults=True)


def read_all(root: Path, boards: Iterable[str]) -> Iterator[Entry | UserError]:
    """Yield every entry below `results/` in a fixed order, or what is wrong with a file there."""
    known = set(boards)
    below = {entry.path: entry for entry in walk(root / "results")}
    links = {name for name, entry in below.items() if entry.is_symlink()}
    folders = {name for name, entry in below.items() if os.path.isdir(name)}
    yield from (UserError(f"{name} is a link; it lies outside {root}") for name in sorted(links & folders))
    for name in sorted(below.keys() - folders):
        if name.endswith(".jsonl"):
            if name[:-1] not in below:
                yield UserError(f"{name} has no record beside it")
            continue
        try:
            yield _read(root, name, known, links)
        except UserError as error:
            yield error


def _read(root: Path, name: str, known: set[str], links: set[str]) -> Entry:
    path = Path(name)
    if path.suffix != ".json":
        raise UserError(f"{path} is neither a record (.json) nor its rows (.jsonl)")
    _, board, *_ = parts = path.parts[len(root.parts) :]
    if board not in known:
        raise UserError(f"{path}: there is no board {board!r} in {root / 'boards'}")
    if name in links or f"{name}l" in links:
        raise UserError(f"{path} is a link; what it holds lies outside {root}")
    record = RunRecord.load(path)
    if record.task not in TASKS:
        raise UserError(f"{path}: unknown task {record.task!r}; boards rank {' and '.join(TASKS)}")
    wanted = _parts(board, record)
    if parts != wanted:
        raise UserError(f"{path} holds a record that belongs at {'/'.join(wanted)}")
    return Entry(board, record, path)


def rounded(value: float) -> float:
    """Return a row's score as it is kept."""
    return round(value, DECIMALS) + 0.0


def parse_jsonl(path: Path) -> list[Any]:
    """Return what the lines of a JSON-lines file hold.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return [parse_unique(line) for line in read_bytes(path).splitlines()]  # texts may hold other line ends
    except ValueError as error:
        raise UserError(f"{path} cannot be read ({one_line(error)})") from error
