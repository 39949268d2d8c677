"""The table of a paper: systems by metrics, mean and spread over seeds, the best in bold, stars for significance."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aacbench.analysis.paper_systems import PaperSystem, check_alike
from aacbench.contracts import MetricSpec
from aacbench.contracts.outputs import by_output, label_of
from aacbench.errors import UserError, first_few
from aacbench.runs.spent import LABELS, written
from aacbench.runtime.tables import Cell, Column, Table, Value
from aacbench.scoring.numbers import bounds
from aacbench.scoring.resampling import compare_items
from aacbench.scoring.seeds import compare_systems

LEVELS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


@dataclass(frozen=True)
class Style:
    """How the table is written: in per cent, digits behind the point, the best in bold, intervals, stars, costs."""

    percent: bool = False
    digits: int | None = None
    best: bool = True
    intervals: bool = False
    stars: bool = False
    costs: bool = False


@dataclass(frozen=True)
class _Entry:
    mean: float
    spread: float | None
    low: float | None
    high: float | None
    p: float | None


def paper_table(
    systems: Sequence[PaperSystem], metrics: Sequence[str], specs: Sequence[MetricSpec], style: Style
) -> Table:
    """Return the table; `specs` are all that is installed.

    Raises:
        UserError: a system lacks a metric, or scores were not computed alike.
    """
    for metric in metrics:
        lacking = [system.name for system in systems if any(metric not in one.scores for one in system.seeds)]
        if lacking:
            raise UserError(f"{metric} was not scored for {first_few(lacking)}; add --references to score all anew")
        check_alike(systems, metric)
    columns = [Column("system"), *([Column("seeds", right=True)] if any(len(one.seeds) > 1 for one in systems) else [])]
    columns += [Column(metric, label_of(metric, specs), right=True) for metric in metrics]
    paid = [name for name in LABELS if any(name in one.costs for system in systems for one in system.seeds)]
    paid = paid if style.costs else []
    columns += [Column(name, LABELS[name], right=True) for name in paid]
    entries = {metric: [_entry(system, systems[0], metric, style) for system in systems] for metric in metrics}
    bolds = {metric: _best(entries[metric], metric, specs) if style.best else -1 for metric in metrics}
    rows: list[list[Value]] = []
    for index, system in enumerate(systems):
        row: list[Value] = [system.name, *([len(system.seeds)] if columns[1].name == "seeds" else [])]
        cells = [_cell(entries[one][index], one, specs, style, bolds[one] == index) for one in metrics]
        rows.append([*row, *cells, *(_cost(system, name) for name in paid)])
    return Table(columns, rows, notes=_notes(systems, style))


def _cost(system: PaperSystem, name: str) -> Value:
    """Return the mean over the seeds that say what they cost."""
    values = [one.costs[name] for one in system.seeds if name in one.costs]
    return Cell(mean := statistics.fmean(values), written(name, mean)) if values else Cell(None, "")


def _entry(system: PaperSystem, first: PaperSystem, metric: str, style: Style) -> _Entry:
    values = [one.scores[metric] for one in system.seeds]
    spread = statistics.stdev(values) if len(values) > 1 else None
    ends = [one.intervals[metric] for one in system.seeds if metric in one.intervals]
    whole = style.intervals and len(ends) == len(values)
    low, high = (float(np.mean([end[side] for end in ends])) if whole else None for side in (0, 1))
    p = _p_value(first, system, metric) if style.stars and system is not first else None
    return _Entry(statistics.fmean(values), spread, low, high, p)


def _p_value(first: PaperSystem, other: PaperSystem, metric: str) -> float | None:
    """Return the two-sided p-value of no difference: over seeds and clips, or over clips alone for one seed each."""
    a, b = first.by_clip(metric), other.by_clip(metric)
    if a is None or b is None or a.shape[1] < 2:
        return None
    if min(len(a), len(b)) == 1:
        return compare_items(a.mean(0), b.mean(0)).p_randomisation
    common = min(len(a), len(b))
    return compare_systems(a[:common], b[:common]).p


def _best(entries: Sequence[_Entry], metric: str, specs: Sequence[MetricSpec]) -> int:
    """Return the row of the best mean; -1 for a metric that does not rank."""
    spec = by_output(specs).get(metric)
    if spec is not None and not spec.ranked:
        return -1
    better = max if spec is None or spec.higher_is_better else min
    return better(range(len(entries)), key=lambda index: entries[index].mean)


def _cell(entry: _Entry, metric: str, specs: Sequence[MetricSpec], style: Style, best: bool) -> Cell:
    scaled = style.percent and bounds(specs).get(metric, True)
    digits = style.digits if style.digits is not None else 1 if scaled else 3

    def written(value: float) -> str:
        return f"{value * (100 if scaled else 1):.{digits}f}"

    text = written(entry.mean) + (f" ± {written(entry.spread)}" if entry.spread is not None else "")
    if entry.low is not None and entry.high is not None:
        text += f" [{written(entry.low)}, {written(entry.high)}]"
    mark = "" if entry.p is None else next((stars for level, stars in LEVELS if entry.p < level), "")
    return Cell({**vars(entry), "best": best}, text, bold=best, mark=mark)


def _notes(systems: Sequence[PaperSystem], style: Style) -> list[str]:
    notes = []
    if any(len(system.seeds) > 1 for system in systems):
        notes.append("mean ± standard deviation over seeds")
    if style.costs and not any(one.costs for system in systems for one in system.seeds):
        notes.append("what it cost is known of runs alone, not of files of predictions")
    if style.intervals:
        notes.append("in brackets: 95 % bootstrap interval over clips")
    if style.stars:
        one = any(len(system.seeds) == 1 for system in systems)
        how = "approximate randomisation over clips, of one seed" if one else "over seeds and clips"
        notes.append(f"against the first row: * p < .05, ** p < .01, *** p < .001 (two-sided, {how})")
    return notes
