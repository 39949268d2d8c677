"""A board's rows: runs of one system over seeds, ranked, with spread, interval and significance against the row above.

The mean over seeds is only there where every seed has the score, computed as the board's others, so that a missing
metric never improves a mean. A row's interval is the mean of its seeds' bootstrap intervals over clips. Floors rank
nowhere: they stand between the systems by their score; the ceiling stands on top.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import MILLION, Entry, Kind
from aacbench.runs.record import RunRecord, ScoreRecord
from aacbench.scoring.resampling import Comparison, compare_runs

MARKED = 100
RESAMPLES = 1000
LEVELS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
FLOORS = ("floor", "nearest", "human")

_LAST_STAGES = ("scst", "cross-entropy")  # the last one first: it trains the same weights again


class Cell(NamedTuple):
    """A metric of a row: mean over seeds, their standard deviation where there are several, the interval's ends."""

    mean: float
    spread: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Row:
    """One system at one preset and setting; `entries` are its seeds in order."""

    board: Board
    entries: tuple[Entry, ...]
    cells: Mapping[str, Cell]
    rank: int | None = None
    above: Comparison | None = field(default=None, compare=False)

    @property
    def record(self) -> RunRecord:
        """The first seed's record."""
        return self.entries[0].record

    @property
    def kind(self) -> Kind:
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
        """How many weights were trained, those of all members of an ensemble; None where no stage says so."""
        counts = {name: 0 for name in _LAST_STAGES}
        for stage in self.record.stages:
            kind = next((name for name in _LAST_STAGES if stage.name.startswith(name)), None)
            if kind is not None and isinstance(count := stage.summary.get("parameters"), int):
                counts[kind] += count
        return next((count for count in counts.values() if count), None)

    @property
    def training_seconds(self) -> float:
        """Seconds of all stages, mean over seeds; shared stages count in full."""
        return mean([sum(stage.seconds for stage in entry.record.stages) for entry in self.entries])

    @property
    def decoding_seconds(self) -> float:
        """Seconds to caption the evaluation clips, mean over seeds."""
        return mean([entry.record.decoding_seconds for entry in self.entries])

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages by name, in order."""
        return tuple(stage.name for stage in self.record.stages)

    @property
    def mark(self) -> str:
        """Stars of significance against the row above."""
        return stars(self.above.p_bootstrap) if self.above else ""

    def score(self, metric: str) -> float | None:
        """The mean over seeds; None where a seed lacks it."""
        cell = self.cells.get(metric)
        return cell.mean if cell else None

    @cached_property
    def by_seed(self) -> dict[int, dict[str, NDArray[np.float64]]]:
        """Per-clip scores in millionths by seed and metric; a metric that some clip lacks is left out."""
        found = {}
        for entry in self.entries:
            rows = entry.rows()
            names = set.intersection(*(set(row.scores) for row in rows)) if rows else set()
            found[entry.record.seed] = {
                name: np.array([round(row.scores[name] * MILLION) for row in rows], np.float64) for name in names
            }
        return found


def rows_of(board: Board, entries: Iterable[Entry]) -> list[Row]:
    """Return the board's rows: ceiling, then systems and floors by falling score; entries must not be objected to."""
    groups: dict[tuple[str, ...], list[Entry]] = {}
    written = json.JSONEncoder(sort_keys=True).encode
    for entry in entries:
        record = entry.record
        settings = written(record.settings)
        groups.setdefault((record.method, record.variant, record.preset, settings), []).append(entry)
    rows = []
    for key in sorted(groups):
        members = sorted(groups[key], key=lambda entry: entry.record.seed)
        rows.append(Row(board, tuple(members), _cells(board, [entry.record for entry in members])))
    return _ranked(board, rows)


def mean(values: Sequence[float]) -> float:
    """Return the mean, the same on every machine."""
    return math.fsum(values) / len(values) if len(values) > 1 else values[0]


def stars(p: float) -> str:
    """Return the usual stars of a p-value."""
    return next((mark for level, mark in LEVELS if p < level), "")


def compare_rows(worse: Row, better: Row, metric: str, resamples: int) -> tuple[Comparison, int] | None:
    """Compare two rows on the clips and the seeds that both have; None where either lacks the metric per clip.

    Returns the comparison, scores as fractions, and the number of seeds. Rows without a common seed are paired in
    order.
    """
    seeds = [seed for seed in worse.seeds if seed in better.seeds]
    pairs = [(seed, seed) for seed in seeds] or [*zip(worse.seeds, better.seeds, strict=False)]
    a = [worse.by_seed[one].get(metric) for one, _ in pairs]
    b = [better.by_seed[other].get(metric) for _, other in pairs]
    left, right = [x for x in a if x is not None], [x for x in b if x is not None]
    if len(left) < len(pairs) or len(right) < len(pairs) or len({len(x) for x in (*left, *right)}) != 1:
        return None
    found = compare_runs(np.stack(left), np.stack(right), resamples)
    scaled = {name: round(getattr(found, name) / MILLION, 9) for name in ("a", "b", "difference", "low", "high")}
    return replace(found, **scaled), len(pairs)


def _ranked(board: Board, rows: Sequence[Row]) -> list[Row]:
    """Order the rows, number the systems, compare the first ones with the row above."""

    def order(row: Row) -> tuple[bool, bool, float, tuple[str, str, str]]:
        score = row.score(board.rank_by)
        return row.kind != "ceiling", score is None, -(score or 0.0), row.key

    ordered = sorted(rows, key=order)
    systems = (row for row in ordered if row.kind == "system" and row.score(board.rank_by) is not None)
    ranks = {id(row): rank for rank, row in enumerate(systems, 1)}
    aboves = [_above(ordered, place, board.rank_by) for place in range(len(ordered))]
    return [
        Row(board, row.entries, row.cells, ranks.get(id(row)), above)
        for row, above in zip(ordered, aboves, strict=True)
    ]


def _above(ordered: Sequence[Row], place: int, metric: str) -> Comparison | None:
    """Compare one of the first rows with that above it; None where either is the ceiling or one has no score."""
    row, above = ordered[place], ordered[place - 1]
    if not 0 < place < MARKED or "ceiling" in (row.kind, above.kind) or row.score(metric) is None:
        return None
    found = compare_rows(row, above, metric, RESAMPLES)
    return found[0] if found else None


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
