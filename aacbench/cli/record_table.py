"""A run's record as the table that `aacbench run` ends with."""

from __future__ import annotations

from pathlib import Path

from aacbench.cli.tables import show
from aacbench.errors import counted
from aacbench.host import manager
from aacbench.runs.record import RunRecord
from aacbench.runtime.tables import Cell, Column, Format, Table, Value
from aacbench.scoring.numbers import bounds, written


def show_record(record: RunRecord, folder: Path, form: Format = "plain") -> None:
    """Print the record's scores as a table."""
    title = f"{record.method} {record.variant} on {record.data.name} {record.data.version}, seed {record.seed}"
    if record.preset != "quick":
        title += f", preset {record.preset}"
    title += f" ({counted(record.data.clips['evaluation'], 'clip')})"
    bounded = bounds(manager.load().registries.metrics)
    rows: list[list[Value]] = [
        [name, Cell(score.value, written(score.value, bounded.get(name)))] for name, score in record.scores.items()
    ]
    seconds = ", ".join(f"{stage.name} {stage.seconds:.0f} s" for stage in record.stages)
    notes = [f"{seconds + ', ' if seconds else ''}decoding {record.decoding_seconds:.0f} s"]
    notes += [*(f"note: {note}" for note in record.data.notes), f"record: {folder / 'record.json'}"]
    show(Table([Column("metric"), Column("score", right=True)], rows, title, notes), form)
