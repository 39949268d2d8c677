"""What `aacbench sweep` shows: where each run stands, and at the end mean and spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aacbench.contracts.outputs import headlines, label_of
from aacbench.contracts.registry import Registries
from aacbench.errors import counted
from aacbench.leaderboard.ranking.rows import Cell as Score
from aacbench.runtime.tables import Cell, Column, Table, Value
from aacbench.sweep.schedule import Item
from aacbench.sweep.summary import rows, shown
from aacbench.sweep.view import scores, tally


def standing(items: Sequence[Item], registries: Registries) -> Table:
    """Return the runs with where they stand."""
    lines = [[item.run.name, item.state, item.note or scores(item.record, registries.metrics)] for item in items]
    return Table([Column("run"), Column("state"), Column("note")], lines, notes=[tally_line(items)])


def tally_line(items: Sequence[Item]) -> str:
    """Return how many runs there are, and how many of them stand where."""
    return f"{counted(len(items), 'run')}: {tally(items)}"


def summed_up(items: Sequence[Item], registries: Registries, summary: Path) -> Table:
    """Return mean and spread over seeds, what failed and why, and where that is written (`summary`, two files)."""
    summed = rows([item.record for item in items if item.record is not None])
    names = headlines(dict.fromkeys(name for row in summed for name in row.cells), registries.metrics)
    columns = [Column(name) for name in ("dataset", "method", "variant", "preset")]
    columns.append(Column("seeds", right=True))
    columns += [Column(name, label_of(name, registries.metrics), right=True) for name in names]
    lines: list[list[Value]] = [
        [*row.system.values(), len(row.records), *(_cell(row.cells.get(name)) for name in names)] for row in summed
    ]
    notes = [
        f"{item.state}: {item.run.name}: {item.note}{f' (log: {item.log})' if item.attempts else ''}"
        for item in items
        if item.state != "finished"
    ]
    return Table(columns, lines, notes=[*notes, f"{tally(items)}; summary: {summary}.json, .csv"])


def _cell(score: Score | None) -> Value:
    """Return mean and spread as a cell."""
    return Cell({"mean": score.mean, "spread": score.spread}, shown(score)) if score else Cell(None, "–")
