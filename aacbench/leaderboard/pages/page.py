"""`index.html`: one static file, style, script and data within it, no server and nothing from elsewhere.

Whatever comes from a record is text: Jinja escapes it in markup, `script_json` in data, and the script sets it as
text alone. A content security policy names the one script by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.pages.explorer import Media, explorer_data, row_id
from aacbench.leaderboard.pages.panels import panel
from aacbench.leaderboard.pages.row_view import RowView, claims_note, pair_view, row_view, shown_metrics
from aacbench.leaderboard.pages.views import BoardView
from aacbench.leaderboard.ranking.claims import ClaimOutcome
from aacbench.leaderboard.ranking.reported import ReportedRow
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.free_text import plain

SHOWN = 500


def page(
    views: Sequence[BoardView],
    reported: Sequence[ReportedRow],
    media: Media | None = None,
) -> str:
    """Return the page; `media` is what is published beside it, nothing where it lies in the repository."""
    script = _template("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _markup().render(
        script_hash=f"'sha256-{digest}'",
        script=Markup(script),
        style=Markup(_template("style.css")),
        boards=[
            _board(view, reported, media or Media())
            for view in sorted(views, key=lambda view: -view.systems)
            if view.rows or view.reported
        ],
        papers=dict.fromkeys((row.paper, row.citation) for row in reported),
    )


@cache
def _markup() -> Template:
    """Return the page's template, which takes longer to compile than to fill."""
    environment = Environment(
        loader=BaseLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    return environment.from_string(_template("index.html.j2"))


def _plain(value: Any) -> Any:
    """Return what is shown of a value: texts without what a reader cannot see."""
    return plain(value) if type(value) is str else value


def script_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _template(name: str) -> str:
    return (files("aacbench.leaderboard.pages") / "templates" / name).read_text(encoding="utf-8")


def _board(view: BoardView, reported: Sequence[ReportedRow], media: Media) -> dict[str, Any]:
    board = view.board
    metrics = shown_metrics(view)
    rows = [row for row in view.rows if row.kind != "system" or (row.rank or SHOWN + 1) <= SHOWN]
    best = _best(board, rows, metrics)
    data = explorer_data(board, view.rows, view.references, media)
    shown = [row_view(row, reported) for row in rows]
    panels = {row_id(one.row): panel(one, view.outcomes, metrics) for one in shown}
    label = {name: board.facts_of(name).label for name in metrics}
    return {
        "id": board.id,
        "title": board.title,
        "summary": board.summary,
        "facts": _facts(view),
        "rank_by": board.rank_by,
        "systems": view.systems,
        "metrics": [{"name": name, "label": label[name], "leading": name in board.leading} for name in metrics],
        "more_metrics": any(name not in board.leading for name in metrics),
        "rows": [_row(one, metrics, best) for one in shown],
        "note": _note(len(view.rows) - len(rows)),
        "claims_note": claims_note(view.outcomes, board.title),
        "outcomes": [_outcome(board, outcome) for outcome in view.outcomes],
        "untested": sum(outcome.verdict == "not tested" for outcome in view.outcomes),
        "explorer": script_json(data) if data else None,
        "panels": script_json(panels),
        "references_head": "References" if board.task == "captioning" else "What people wrote",
        "said_head": "What the systems said" if board.task == "captioning" else "What the systems found",
        "reported": _reported(view),
        "reported_metrics": [board.facts_of(name).label for name in _reported_metrics(view)],
    }


def _facts(view: BoardView) -> list[str]:
    board, facts = view.board, []
    if board.pin is not None:
        counts = sorted({len(texts) for texts in view.references.values()})
        facts.append(f"{board.pin.clips:,} clips")
        if counts:
            facts.append(f"{'–'.join(map(str, dict.fromkeys((counts[0], counts[-1]))))} references each")
        facts.append(f"references {(board.pin.references or 'not pinned')[:10]}")
    return [*facts, f"ranked by {board.facts_of(board.rank_by).label}"]


def _note(hidden: int) -> str:
    start = f"{hidden:,} more rows are in the CSV file. " if hidden else ""
    return (
        f"{start}Choose a system for its panel, a column's head to sort. Bold is the best system of a column. XE: "
        "cross-entropy; SCST: self-critical training. Training time counts every stage, shared pretraining included; "
        "machines differ."
    )


def _best(board: Board, rows: Sequence[BoardRow], metrics: Sequence[str]) -> dict[str, float]:
    systems = [row for row in rows if row.kind == "system"]
    values = {name: [value for row in systems if (value := row.score(name)) is not None] for name in metrics}
    return {
        name: (max if board.facts_of(name).higher_is_better else min)(scores)
        for name, scores in values.items()
        if scores
    }


def _row(view: RowView, metrics: Sequence[str], best: Mapping[str, float]) -> dict[str, Any]:
    row = view.row
    system = row.kind == "system"
    commits = [entry.record.commit for entry in row.entries]
    return {
        "id": row_id(row),
        "kind": row.kind,
        "rank": row.rank,
        "name": view.name,
        "code_name": view.code_name,
        "search": f"{view.name} {view.code_name}".lower(),
        "submitted": row.record.source == "submitted",
        "seeds": view.seeds if system else "",
        "dirty": row.record.source == "run" and any(commit is None or commit.endswith("+") for commit in commits),
        "stages": row.stage_labels,
        "cells": [_cell(row, name, best.get(name)) for name in metrics],
        "mark": row.mark,
        "mark_title": view.above,
        "parameters": view.weights,
        "parameters_value": row.parameters or "",
        "train": view.train,
        "train_value": f"{row.training_seconds:.1f}" if view.train else "",
        "decode": view.decode,
        "decode_value": f"{row.decoding_seconds:.1f}" if view.decode else "",
        "leak": view.leak.short if system else "",
        "leak_title": view.leak.sentence() if system else "",
        "paper": _paper(view),
    }


def _cell(row: BoardRow, metric: str, best: float | None) -> dict[str, Any]:
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


def _paper(view: RowView) -> dict[str, Any] | None:
    paper = view.paper
    if paper is None:
        return None
    return {
        "text": f"{view.row.board.facts_of(paper.metric).label} {labels.score(paper.paper)}",
        "where": paper.dataset,
        "gap": labels.signed(paper.difference) if paper.difference is not None else "",
        "within": paper.within,
    }


def _outcome(board: Board, outcome: ClaimOutcome) -> dict[str, Any]:
    claim = outcome.claim
    return {
        "verdict": outcome.verdict,
        "slug": outcome.verdict.replace(" ", "-"),
        "claim": claim.claim,
        "paper": claim.paper,
        "evidence": claim.evidence,
        "p": f"together {labels.p_value(outcome.p)} after correction" if outcome.p is not None else "",
        "tests": [pair_view(test, board.facts_of(claim.metric).label) for test in outcome.tests],
    }


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
