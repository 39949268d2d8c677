"""What came out: mean and spread over seeds of each system, as tables, `NAME.json` and `NAME.csv` beside the runs.

A row holds runs of one method, variant, preset and settings on the same evaluation clips (fingerprint). A metric is
left out where a seed lacks it or where signatures differ in more than the release, as on the leaderboard.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacbench.files.atomic import atomic_write
from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.ranking.rows import Cell, cell
from aacbench.runs.record import RunRecord
from aacbench.scoring.signatures import ranking_key
from aacbench.sweep.schedule import Item

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class SummaryRow:
    """One system over its seeds."""

    records: tuple[RunRecord, ...]
    cells: Mapping[str, Cell]

    @property
    def system(self) -> dict[str, str]:
        """What it is, and on which data."""
        first = self.records[0]
        return {
            "dataset": f"{first.data.name} {first.data.version}",
            "method": first.method,
            "variant": first.variant,
            "preset": first.preset,
        }

    @property
    def fingerprint(self) -> str:
        """Of the evaluation clips."""
        return self.records[0].data.fingerprints["evaluation"]


def rows(records: Sequence[RunRecord]) -> list[SummaryRow]:
    """Return the rows in the order of their first runs."""
    groups: dict[str, list[RunRecord]] = {}
    for record in records:
        data = record.data
        key: list[object] = [record.task, record.method, record.variant, record.preset, record.settings]
        key += [data.name, data.version, data.settings, data.fingerprints.get("evaluation")]
        groups.setdefault(json.dumps(key, sort_keys=True, default=str), []).append(record)
    return [SummaryRow(tuple(group), _cells(group)) for group in groups.values()]


def _cells(group: Sequence[RunRecord]) -> dict[str, Cell]:
    cells = {}
    for metric in group[0].scores:
        scores = [record.scores[metric] for record in group if metric in record.scores]
        if len(scores) == len(group) and len({ranking_key(score.signature) for score in scores}) == 1:
            cells[metric] = cell(scores)
    return cells


def shown(score: Cell) -> str:
    """Return mean and spread, `.123 ± .004`."""
    return labels.score(score.mean) + (f" ± {labels.score(score.spread)}" if score.spread is not None else "")


def write(output: Path, name: str, items: Sequence[Item]) -> tuple[Path, Path]:
    """Write `NAME.json` (runs and rows) and `NAME.csv` (a line a row and metric), each whole or not at all."""
    summary = rows([item.record for item in items if item.record is not None and item.state == "finished"])
    content = {
        "schema_version": SCHEMA_VERSION,
        "runs": [_run(item) for item in items],
        "summary": [
            {
                **row.system,
                "settings": row.records[0].settings,
                "fingerprint": row.fingerprint,
                "seeds": [record.seed for record in row.records],
                "scores": {metric: {"mean": one.mean, "spread": one.spread} for metric, one in row.cells.items()},
            }
            for row in summary
        ],
    }
    as_json, as_csv = output / f"{name}.json", output / f"{name}.csv"
    atomic_write(as_json, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    atomic_write(as_csv, _csv(summary))
    return as_json, as_csv


def _run(item: Item) -> dict[str, Any]:
    record = item.record if item.state == "finished" else None
    return {
        "run": item.run.name,
        "folder": str(item.run.folder) if item.run.folder else None,
        "state": item.state,
        "note": item.note,
        "attempts": item.attempts,
        "seconds": round(item.seconds, 1),
        "log": str(item.log) if item.attempts else None,
        "scores": {name: score.value for name, score in record.scores.items()} if record else {},
    }


def _csv(summary: Sequence[SummaryRow]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["dataset", "method", "variant", "preset", "fingerprint", "seeds", "metric", "mean", "spread"])
    for row in summary:
        seeds = " ".join(str(record.seed) for record in row.records)
        for metric, one in row.cells.items():
            spread = "" if one.spread is None else repr(one.spread)
            writer.writerow([*row.system.values(), row.fingerprint[:16], seeds, metric, repr(one.mean), spread])
    return text.getvalue()
