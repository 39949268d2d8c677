"""`index.html`: one static file, style, script and data within it, no server and nothing from elsewhere.

Whatever comes from a record is text: Jinja escapes it in markup, `script_json` in data, and the script sets it as
text alone. A content security policy names the one script by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.pages.explorer import explorer_data, row_id
from aacbench.leaderboard.ranking.claims import Outcome, Test
from aacbench.leaderboard.ranking.reported import ReportedRow, reproduction
from aacbench.leaderboard.ranking.rows import Row
from aacbench.leaderboard.store.boards import References

if TYPE_CHECKING:
    from aacbench.leaderboard.pages.views import BoardView

SHOWN = 500
_SLUGS = {"holds": "holds", "does not hold": "fails", "not tested": "untested"}


def page(
    views: Sequence[BoardView],
    reported: Sequence[ReportedRow],
    references: Mapping[str, References],
    attention: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return the page; `attention` names, by board, the rows whose attention pictures are published with it."""
    script = _template("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = Environment(
        loader=BaseLoader(), autoescape=True, undefined=StrictUndefined, trim_blocks=False, keep_trailing_newline=True
    )
    return environment.from_string(_template("index.html.j2")).render(
        script_hash=f"'sha256-{digest}'",
        script=Markup(script),
        style=Markup(_template("style.css")),
        boards=[
            _board(view, reported, references.get(view.board.id, {}), (attention or {}).get(view.board.id, ()))
            for view in views
            if view.rows or view.reported
        ],
        papers=dict.fromkeys((row.paper, row.citation) for row in reported),
    )


def script_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _template(name: str) -> str:
    return (files("aacbench.leaderboard.pages") / "templates" / name).read_text(encoding="utf-8")


def _board(
    view: BoardView, reported: Sequence[ReportedRow], references: References, attention: Sequence[str]
) -> dict[str, Any]:
    board = view.board
    first = dict.fromkeys((board.rank_by, *board.metrics))
    metrics = [name for name in first if any(name in row.cells for row in view.rows)] or [*first]
    rows = [row for row in view.rows if row.kind != "system" or (row.rank or SHOWN + 1) <= SHOWN]
    best = _best(rows, metrics)
    data = explorer_data(board, view.rows, references)
    return {
        "id": board.id,
        "title": board.title,
        "summary": board.summary,
        "facts": _facts(view, references),
        "rank_by": board.rank_by,
        "systems": sum(row.kind == "system" for row in view.rows),
        "metrics": [{"name": name, "label": labels.metric(name), "leading": name in board.leading} for name in metrics],
        "more_metrics": any(name not in board.leading for name in metrics),
        "rows": [_row(row, metrics, best, reported) for row in rows],
        "note": _note(len(view.rows) - len(rows)),
        "left_out": view.left_out,
        "outcomes": [_outcome(outcome) for outcome in view.outcomes],
        "untested": sum(outcome.verdict == "not tested" for outcome in view.outcomes),
        "explorer": script_json({**data, "attention": [*attention]}) if data else None,
        "references_head": "References" if board.task == "captioning" else "What people wrote",
        "said_head": "What the systems said" if board.task == "captioning" else "What the systems found",
        "reported": _reported(view),
        "reported_metrics": [labels.metric(name) for name in _reported_metrics(view)],
    }


def _facts(view: BoardView, references: References) -> list[str]:
    board, facts = view.board, []
    if board.pin is not None:
        counts = sorted({len(texts) for texts in references.values()})
        facts.append(f"{board.pin.clips:,} clips")
        if counts:
            facts.append(f"{'–'.join(map(str, dict.fromkeys((counts[0], counts[-1]))))} references each")
        facts.append(f"fingerprint {board.pin.fingerprint[:10]}")
    return [*facts, f"ranked by {labels.metric(board.rank_by)}"] if facts else []


def _note(hidden: int) -> str:
    start = f"{hidden:,} more rows are in the CSV file. " if hidden else ""
    return (
        f"{start}Choose a column's head to sort. Bold is the best system of a column. Training time counts every "
        "stage, shared pretraining included; machines differ."
    )


def _best(rows: Sequence[Row], metrics: Sequence[str]) -> dict[str, float]:
    systems = [row for row in rows if row.kind == "system"]
    found = {name: [value for row in systems if (value := row.score(name)) is not None] for name in metrics}
    return {name: max(values) for name, values in found.items() if values}


def _row(
    row: Row, metrics: Sequence[str], best: Mapping[str, float], reported: Sequence[ReportedRow]
) -> dict[str, Any]:
    method, variant, preset = row.key
    system = row.kind == "system"
    variant = "" if not system and variant == "default" else variant
    commits = [entry.record.commit for entry in row.entries]
    return {
        "id": row_id(row),
        "kind": row.kind,
        "rank": row.rank,
        "method": method,
        "variant": variant,
        "preset": "" if preset == "quick" else preset,
        "search": f"{method} {variant} {preset}".lower(),
        "seeds": len(row.seeds),
        "dirty": any(commit is None or commit.endswith("+") for commit in commits),
        "stages": labels.stages(row.stages),
        "cells": [_cell(row, name, best.get(name)) for name in metrics],
        "mark": row.mark,
        "mark_title": _mark_title(row),
        "parameters": labels.count(row.parameters) if system else "",
        "parameters_value": row.parameters or "",
        "train": labels.seconds(row.training_seconds) if system else "",
        "train_value": f"{row.training_seconds:.1f}" if system else "",
        "decode": labels.seconds(row.decoding_seconds) if system else "",
        "decode_value": f"{row.decoding_seconds:.1f}" if system else "",
        "paper": _paper(row, reported),
    }


def _cell(row: Row, metric: str, best: float | None) -> dict[str, Any]:
    cell = row.cells.get(metric)
    if cell is None:
        return {
            "value": "",
            "text": "–",
            "leading": metric in row.board.leading,
            "best": False,
            "low": "",
            "spread": "",
        }
    return {
        "value": f"{cell.mean:.6f}",
        "text": labels.score(cell.mean),
        "leading": metric in row.board.leading,
        "best": row.kind == "system" and cell.mean == best,
        "spread": labels.score(cell.spread) if cell.spread is not None else "",
        "low": labels.score(cell.low) if cell.low is not None else "",
        "high": labels.score(cell.high),
        "low_value": f"{cell.low:.6f}" if cell.low is not None else "",
        "high_value": f"{cell.high:.6f}" if cell.high is not None else "",
    }


def _mark_title(row: Row) -> str:
    if row.above is None:
        return ""
    return f"the row above is ahead by {labels.score(row.above.difference)}, {labels.p_value(row.above.p_bootstrap)}"


def _paper(row: Row, reported: Sequence[ReportedRow]) -> dict[str, Any] | None:
    method, variant, _ = row.key
    scores = {name: cell.mean for name, cell in row.cells.items()}
    found = reproduction(row.board, method, variant, scores, reported)
    if found is None:
        return None
    return {
        "text": f"{labels.metric(found.metric)} {labels.score(found.paper)}",
        "where": found.dataset,
        "gap": labels.signed(found.difference) if found.difference is not None else "",
        "within": found.within,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    claim = outcome.claim
    return {
        "verdict": outcome.verdict,
        "slug": _SLUGS[outcome.verdict],
        "claim": claim.claim,
        "paper": claim.paper,
        "evidence": claim.evidence,
        "tests": [_test(test, claim.metric) for test in outcome.tests],
    }


def _test(test: Test, metric: str) -> dict[str, str]:
    effect = interval = p = seeds = ""
    if test.difference is not None and test.low is not None and test.high is not None and test.p is not None:
        effect = f"{labels.metric(metric)} {labels.signed(test.difference)}"
        interval = f"{labels.signed(test.low)} to {labels.signed(test.high)}"
        p, seeds = labels.p_value(test.p), f"{test.seeds} seed{'s' * (test.seeds > 1)}"
    return {
        "better": test.pair.better, "worse": test.pair.worse, "effect": effect, "interval": interval, "p": p,
        "seeds": seeds,
    }  # fmt: skip


def _reported_metrics(view: BoardView) -> list[str]:
    return [name for name in view.board.metrics if any(name in row.values for row in view.reported)]


def _reported(view: BoardView) -> list[dict[str, Any]]:
    names = _reported_metrics(view)
    return [
        {
            "system": row.system,
            "variant": row.variant,
            "stage": row.stage,
            "source": f"{row.paper}, {row.table}, {row.dataset}",
            "citation": row.citation,
            "scores": [
                {
                    "value": f"{row.values[name]:.6f}" if name in row.values else "",
                    "text": labels.score(row.values.get(name)),
                }
                for name in names
            ],
        }
        for row in view.reported
    ]
