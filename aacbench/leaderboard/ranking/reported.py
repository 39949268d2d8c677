"""Numbers that papers report: rows of their tables, with citation, set apart from what was run here.

`reported/papers.json` has each paper's citation; `reported/PAPER.csv` one number a line. Scores are fractions,
`params_millions` is what it says. `method` and `our_variant` name the run here that would reproduce the row.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aacbench.errors import UserError, cut, one_line
from aacbench.files.safe_read import load_json, read_bytes
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.names import checked

_KEY = ("table", "dataset", "split", "system", "variant", "stage")
_REST = ("method", "our_variant", "note")
COLUMNS = (*_KEY, "metric", "value", *_REST)


@dataclass(frozen=True)
class ReportedRow:
    """A row of a paper's table."""

    paper: str
    citation: str
    table: str
    dataset: str
    split: str
    system: str
    variant: str
    stage: str
    method: str
    our_variant: str
    note: str
    values: dict[str, float] = field(compare=False)


def load(root: Path) -> list[ReportedRow]:
    """Return the reported rows, papers by name, rows in the order of their tables; none where there is no folder.

    Raises:
        UserError: a file is malformed or a paper has no citation.
    """
    folder = root / "reported"
    if not folder.exists():
        return []
    try:
        citations = load_json(folder / "papers.json")
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / 'papers.json'} cannot be read ({one_line(error)})") from error
    if not isinstance(citations, dict):
        raise UserError(f"{folder / 'papers.json'} holds no papers with their citations")
    rows: list[ReportedRow] = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in citations:
            raise UserError(f"{path}: papers.json has no citation of {path.stem!r}")
        rows += _rows(path, str(citations[path.stem]))
    return rows


def _rows(path: Path, citation: str) -> Iterable[ReportedRow]:
    rows: dict[tuple[str, ...], ReportedRow] = {}
    for line, cells in _cells(path):
        key = tuple(cells[name] for name in _KEY)
        row = rows.get(key)
        if row is None:
            for kind in ("method", "our_variant"):
                if cells[kind]:
                    checked(kind.replace("our_", ""), cells[kind])
            texts = dict(zip(_KEY, key, strict=True)) | {name: cells[name] for name in _REST}
            row = ReportedRow(paper=path.stem, citation=citation, values={}, **texts)
            rows[key] = row
        if cells["metric"] in row.values:
            raise UserError(f"{path}, line {line}: {cut(cells['metric'])!r} of this row comes twice")
        row.values[cells["metric"]] = _number(path, line, cells["value"])
    return rows.values()


def _cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and cells of each row."""
    try:
        reader = csv.reader(io.StringIO(read_bytes(path).decode("utf-8"), newline=""), strict=True)
        if tuple(next(reader, ())) != COLUMNS:
            raise UserError(f"{path}: wanted the columns {', '.join(COLUMNS)}")
        for row in reader:
            if row and len(row) != len(COLUMNS):
                raise UserError(f"{path}, line {reader.line_num}: {len(row)} cells, wanted {len(COLUMNS)}")
            if row:
                yield reader.line_num, dict(zip(COLUMNS, row, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no CSV file in UTF-8 ({one_line(error)})") from error


def _number(path: Path, line: int, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise UserError(f"{path}, line {line}: {cut(cell)!r} is no number") from error
    if not math.isfinite(value):
        raise UserError(f"{path}, line {line}: {cut(cell)!r} is no finite number")
    return value


def for_board(board: Board, rows: Iterable[ReportedRow]) -> list[ReportedRow]:
    """Return the rows whose numbers may stand below the board's, the best first; a system listed twice stands once."""
    kept: dict[tuple[str, ...], ReportedRow] = {}
    for row in rows:
        if row.dataset in board.same and set(row.values) & set(board.metrics) and row.table != "text":
            kept.setdefault((row.paper, row.system, row.variant, row.stage, str(sorted(row.values.items()))), row)
    by = [*dict.fromkeys((board.rank_by, *board.compare_by))]
    return sorted(kept.values(), key=lambda row: [-row.values.get(name, -1.0) for name in by])


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The paper's number for a row of ours on the same data, and how far ours lies from it."""

    metric: str
    paper: float
    dataset: str
    difference: float | None
    within: bool | None


def reproduction(
    board: Board, method: str, variant: str, scores: Mapping[str, float], rows: Iterable[ReportedRow]
) -> Reproduction | None:
    """Return what the paper reports of a system on the board's own data; None of other data, which say nothing here."""
    for row in rows:
        if (row.method, row.our_variant) == (method, variant) and row.dataset in board.same:
            for metric in dict.fromkeys((board.rank_by, *board.compare_by)):
                if metric in row.values:
                    paper = row.values[metric]
                    gap = scores[metric] - paper if metric in scores else None
                    within = abs(gap) <= board.tolerance * paper if gap is not None else None
                    return Reproduction(metric, paper, row.dataset, gap, within)
    return None
