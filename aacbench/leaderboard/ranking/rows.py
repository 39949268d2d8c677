"""A board's rows: runs of one system over seeds, ranked, with spread, interval and the difference to the row above.

The mean over seeds is only there where every seed has the score, computed as the board's others, so that a missing
metric never improves a mean. A row's interval is the mean of its seeds' bootstrap intervals over clips. Equal scores
share a rank. Floors rank nowhere: they stand between the systems by their score; the ceiling stands on top.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from aacbench.contracts import Role
from aacbench.leaderboard.ranking.significance import compare_entries, pool_of, stars
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import Entry
from aacbench.leaderboard.store.presets import settings_digest
from aacbench.runs.costs import trained_parameters
from aacbench.runs.record import RunRecord, ScoreRecord
from aacbench.scoring.seeds import Effect, Pool

MARKED = 100


class Cell(NamedTuple):
    """A metric of a row: mean over seeds, their standard deviation where there are several, the interval's ends."""

    mean: float
    spread: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class BoardRow:
    """One system at one preset and setting; `entries` are its seeds in order.

    `above` is how far the row above is ahead, on the seeds that both have.
    """

    board: Board
    entries: tuple[Entry, ...]
    cells: Mapping[str, Cell]
    rank: int | None = None
    above: Effect | None = field(default=None, compare=False)

    @property
    def record(self) -> RunRecord:
        """The first seed's record."""
        return self.entries[0].record

    @property
    def kind(self) -> Role:
        """System, floor or ceiling."""
        return self.entries[0].kind

    @property
    def key(self) -> tuple[str, str, str]:
        """Method, variant, preset."""
        return self.record.method, self.record.variant, self.record.preset

    @property
    def seeds(self) -> list[int]:
        """The seeds that were run."""
        return [entry.record.seed for entry in self.entries]

    @property
    def parameters(self) -> int | None:
        """How many weights were trained, those of all members of an ensemble; None where nothing says so."""
        if self.record.about.parameters is not None:
            return self.record.about.parameters
        return trained_parameters([stage.summary for stage in self.record.stages]) or None

    @property
    def training_seconds(self) -> float:
        """Seconds of all stages, mean over seeds; shared stages count in full."""
        return mean([sum(stage.seconds for stage in entry.record.stages) for entry in self.entries])

    @property
    def decoding_seconds(self) -> float:
        """Seconds to caption the evaluation clips, mean over seeds."""
        return mean([entry.record.decoding_seconds for entry in self.entries])

    @property
    def peak_memory(self) -> tuple[int | None, int | None]:
        """The most bytes of RAM and of GPU memory that a stage took, over seeds; None where no record says so."""
        costs = [stage.costs for entry in self.entries for stage in entry.record.stages if stage.costs is not None]
        ram = [one.peak_ram_bytes for one in costs if one.peak_ram_bytes is not None]
        gpu = [one.peak_gpu_bytes for one in costs if one.peak_gpu_bytes is not None]
        return max(ram, default=None), max(gpu, default=None)

    @property
    def real_time_factor(self) -> float | None:
        """Seconds of decoding by those of the audio, mean over seeds; None where a record does not say so."""
        costs = [entry.record.costs for entry in self.entries]
        factors = [one.real_time_factor for one in costs if one is not None and one.real_time_factor is not None]
        return mean(factors) if len(factors) == len(costs) else None

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages by name, in order."""
        return tuple(stage.name for stage in self.record.stages)

    @property
    def stage_labels(self) -> str:
        """The stages in a few words, `tags, XE`; equal ones once."""
        words = (stage.name if stage.label is None else stage.label for stage in self.record.stages)
        return ", ".join(dict.fromkeys(word for word in words if word))

    @property
    def mark(self) -> str:
        """Stars of significance against the row above."""
        return stars(self.above) if self.above else ""

    def score(self, metric: str) -> float | None:
        """The mean over seeds; None where a seed lacks it."""
        cell = self.cells.get(metric)
        return cell.mean if cell else None


def rows_of(board: Board, entries: Iterable[Entry]) -> list[BoardRow]:
    """Return the board's rows: ceiling, then systems and floors, the best first; entries must not be objected to."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        record = entry.record
        key = (record.method, record.variant, record.preset, settings_digest(record.settings))
        groups.setdefault(key, []).append(entry)
    rows = []
    for name in sorted(groups):
        members = sorted(groups[name], key=lambda entry: entry.record.seed)
        rows.append(BoardRow(board, tuple(members), _cells(board, [entry.record for entry in members])))
    return _ranked(board, rows)


def pool(board: Board, rows: Sequence[BoardRow], metric: str) -> Pool | None:
    """Return how much seeds make out on this board, learned from the systems that have several."""
    return pool_of([row.entries for row in rows if row.kind == "system" and len(row.entries) > 1], metric)


def mean(values: Sequence[float]) -> float:
    """Return the mean, the same on every machine."""
    return math.fsum(values) / len(values) if len(values) > 1 else values[0]


def _ranked(board: Board, rows: Sequence[BoardRow]) -> list[BoardRow]:
    """Order the rows, number the systems, compare the first ones with the row above."""
    sign = -1.0 if board.facts_of(board.rank_by).higher_is_better else 1.0

    def order(row: BoardRow) -> tuple[bool, bool, float, tuple[str, str, str]]:
        score = row.score(board.rank_by)
        return row.kind != "ceiling", score is None, sign * (score or 0.0), row.key

    ordered = sorted(rows, key=order)
    ranks: dict[int, int] = {}
    number, shared, last = 0, 0, None
    for row in ordered:
        score = row.score(board.rank_by)
        if row.kind == "system" and score is not None:
            number += 1
            shared, last = (shared, last) if score == last else (number, score)
            ranks[id(row)] = shared
    known = pool(board, ordered[: MARKED + 1], board.rank_by)
    aboves = [_above(ordered, position, board, known) for position in range(len(ordered))]
    return [replace(row, rank=ranks.get(id(row)), above=above) for row, above in zip(ordered, aboves, strict=True)]


def _above(ordered: Sequence[BoardRow], position: int, board: Board, known: Pool | None) -> Effect | None:
    """Compare one of the first rows with that above it; None where either is the ceiling or one has no score."""
    row, above = ordered[position], ordered[position - 1]
    if not 0 < position < MARKED or "ceiling" in (row.kind, above.kind) or row.score(board.rank_by) is None:
        return None
    return compare_entries(board, row.entries, above.entries, board.rank_by, known)


def _cells(board: Board, records: Sequence[RunRecord]) -> dict[str, Cell]:
    cells = {}
    for metric in board.metrics:
        if all(board.comparable(record, metric) for record in records):
            cells[metric] = cell([record.scores[metric] for record in records])
    return cells


def cell(scores: Sequence[ScoreRecord]) -> Cell:
    """Return the mean of the seeds' scores, their sample standard deviation, and the mean of their intervals."""
    if len(scores) == 1:
        value, interval = scores[0].value, scores[0].interval
        return Cell(value, None, interval.low, interval.high) if interval else Cell(value, None, None, None)
    values = [score.value for score in scores]
    middle = mean(values)
    spread = math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))
    ends = [(score.interval.low, score.interval.high) for score in scores if score.interval]
    if len(ends) < len(scores):
        return Cell(middle, spread, None, None)
    return Cell(middle, spread, mean([low for low, _ in ends]), mean([high for _, high in ends]))
