"""`leaderboard.csv`: every row of every board, ours and reported, one line a system, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from aacbench.leaderboard.pages.views import BoardView
from aacbench.leaderboard.ranking.leaks import leak
from aacbench.leaderboard.store.free_text import cell as safe

HEAD = ("board", "source", "rank", "method", "variant", "preset", "stages", "seeds", "parameters", "training_seconds",
        "decoding_seconds", "p_against_row_above", "name", "submitted", "clips_heard_before", "peak_ram_bytes",
        "peak_gpu_bytes", "real_time_factor")  # fmt: skip


def csv_table(views: Sequence[BoardView]) -> str:
    """Return the table; a metric has its mean, its spread over seeds, and the interval's ends."""
    metrics = list(dict.fromkeys(name for view in views for name in view.board.metrics))
    text = io.StringIO()
    parts = ("", "_spread", "_low", "_high")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HEAD, *(f"{name}{part}" for name in metrics for part in parts)])
    for view in views:
        writer.writerows([safe(one) for one in line] for line in (*_ours(view, metrics), *_papers(view, metrics)))
    return text.getvalue()


def _ours(view: BoardView, metrics: Sequence[str]) -> list[list[Any]]:
    lines = []
    for row in view.rows:
        line: list[Any] = [view.board.id, row.kind, row.rank, *row.key, " ".join(row.stages)]
        line += [" ".join(map(str, row.seeds)), row.parameters, f"{row.training_seconds:.1f}"]
        line += [f"{row.decoding_seconds:.1f}", _number(row.above.p if row.above else None)]
        submitted = "yes" if row.record.source == "submitted" else ""
        line += [row.record.about.name, submitted, leak(view.board, row.record).short]
        line += [*row.peak_memory, _number(row.real_time_factor)]
        for name in metrics:
            cell = row.cells.get(name)
            line += [_number(value) for value in (cell.mean, cell.spread, cell.low, cell.high)] if cell else [""] * 4
        lines.append(line)
    return lines


def _papers(view: BoardView, metrics: Sequence[str]) -> list[list[Any]]:
    lines = []
    for row in view.reported:
        line: list[Any] = [view.board.id, f"reported by {row.paper}, {row.table}", "", row.system, row.variant, ""]
        line += [row.stage, *[""] * (len(HEAD) - 7)]
        for name in metrics:
            line += [row.values.get(name, ""), "", "", ""]
        lines.append(line)
    return lines


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"
