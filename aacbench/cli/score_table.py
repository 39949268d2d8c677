"""Reports as tables: a line a score, then what all signatures share, and what a reader should know."""

from __future__ import annotations

from collections.abc import Sequence

from aacbench.contracts import MetricSpec
from aacbench.errors import counted
from aacbench.runtime.tables import Cell, Column, Table, Value
from aacbench.scoring import ScoreReport
from aacbench.scoring.numbers import bounds, written
from aacbench.scoring.signatures import split_short


def report_table(report: ScoreReport, specs: Sequence[MetricSpec], signatures: bool = False) -> Table:
    """Return the scores as a table; `signatures` asks for every whole signature."""
    shared, own = split_short({name: score.signature for name, score in report.scores.items()}, signatures)
    bounded = bounds(specs)
    columns = [Column("metric"), Column("score", right=True)]
    columns += [Column("interval", "95 % interval")] if report.intervals else []
    columns += [Column("difference", "largest difference (corpus / item)")] if report.differences else []
    rows: list[list[Value]] = []
    for name, value in report.scores.items():
        row: list[Value] = [name, Cell(value.corpus, written(value.corpus, bounded.get(name)))]
        row += [_interval(report, name)] if report.intervals else []
        row += [_difference(report, name)] if report.differences else []
        rows.append([*row, own[name]])
    return Table([*columns, Column("signature")], rows, notes=[shared, *interval_notes(report)])


def interval_notes(report: ScoreReport) -> list[str]:
    """Return what a reader should know of the intervals."""
    notes = []
    if any(interval.of_item_mean for interval in report.intervals.values()):
        notes.append("* interval of the mean over clips, which is not this metric's corpus score")
    if flat := [name for name, interval in report.intervals.items() if interval.low == interval.high]:
        clips = len(report.items)
        why = "one clip can only be drawn again" if clips == 1 else f"all {counted(clips, 'clip')} score the same"
        notes.append(f"no interval has been measured for {', '.join(flat)}: its width is zero, for {why}")
    return notes


def _interval(report: ScoreReport, name: str) -> Value:
    interval = report.intervals.get(name)
    if interval is None:
        return None
    text = f"{interval.low:.4f} - {interval.high:.4f}{'*' * interval.of_item_mean}"
    return Cell({"low": interval.low, "high": interval.high}, text)


def _difference(report: ScoreReport, name: str) -> Value:
    difference = report.differences.get(name)
    if difference is None:
        return Cell(None, "no reference engine")
    item = (
        ""
        if difference.item is None
        else f" / {difference.item:.1e}" + (f" ({difference.clip})" if difference.item else "")
    )
    return Cell({"corpus": difference.corpus, "item": difference.item}, f"{difference.corpus:.1e}{item}")
