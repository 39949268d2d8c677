"""A system's own panel: what it is, where it is described, settings, learning curves, cost, every seed, its claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from aacbench.leaderboard.pages import labels
from aacbench.leaderboard.pages.row_view import RowView, pair_view
from aacbench.leaderboard.ranking.claims import ClaimOutcome
from aacbench.leaderboard.ranking.rows import BoardRow
from aacbench.leaderboard.store.free_text import plain
from aacbench.runs.record import StageRecord
from aacbench.runs.spent import LABELS, spent, written

CURVES, POINTS = 2, 60
SETTINGS = 200
SHOWN = ("trained_parameters", "training_seconds", "decoding_seconds")  # as means over seeds, already
NOTES = 5


def panel(view: RowView, outcomes: Sequence[ClaimOutcome], metrics: Sequence[str]) -> dict[str, Any]:
    """Return what a panel shows, all of it plain text and numbers."""
    row, record, about = view.row, view.row.record, view.row.record.about
    shown: dict[str, Any] = {
        "name": view.name,
        "code": view.code_name,
        "summary": about.summary,
        "links": _links(row),
        "facts": [[name, value] for name, value in _facts(view) if value],
        "metrics": [row.board.facts_of(name).label for name in metrics],
        "seeds": [_seed(row, number, metrics) for number in range(len(row.entries))],
        "curves": [curve for stage in record.stages if (curve := _curve(stage))],
        "settings": _flat(record.settings)[:SETTINGS],
        "claims": _claims(row, outcomes),
    }
    made: dict[str, Any] = _plain(shown)
    return made


def _links(row: BoardRow) -> list[list[str]]:
    about = row.record.about
    links = [["paper", about.url], ["code", about.code]]
    for entry in row.entries:
        path = "/".join(entry.path.parts[-4:])
        links.append([f"record of seed {entry.record.seed}", path])
        links.append([f"its {'captions' if row.board.task == 'captioning' else 'lists'}", f"{path}l"])
    return [link for link in links if link[1]]


def _facts(view: RowView) -> list[tuple[str, str]]:
    record, about = view.row.record, view.row.record.about
    hardware = ", ".join(f"{key} {value}" for key, value in record.hardware.items() if value is not None)
    commit = f"{record.commit[:12]}{'+' * record.commit.endswith('+')}" if record.commit else ""
    return [
        ("described in", about.paper),
        ("authors", ", ".join(about.authors)),
        ("licence", about.licence),
        ("learned from", ", ".join(about.trained_on) if about.trained_on else ""),
        ("external data", ", ".join(about.external_data) if about.external_data else ""),
        ("evaluation clips heard before", view.leak.sentence() if view.row.kind == "system" else ""),
        ("notes on its data", "; ".join(record.data.notes[:NOTES])),
        ("training", view.row.stage_labels),
        ("weights", view.weights.replace("–", "")),
        ("operations a clip", labels.count(about.macs) if about.macs else ""),
        *((LABELS[name], written(name, value)) for name, value in spent(record).items() if name not in SHOWN),
        ("training time", view.train),
        ("decoding time", view.decode),
        ("decoding takes", labels.real_time(view.row.real_time_factor)),
        ("most memory", ", ".join(said for said in _memory(view.row) if said)),
        ("ran on", hardware),
        ("code version", commit),
        ("scored from", "a file that was handed in" if record.source == "submitted" else "a run of this code"),
        ("row above", view.above),
    ]


def _memory(row: BoardRow) -> tuple[str, str]:
    ram, gpu = map(labels.memory, row.peak_memory)
    return ram and f"{ram} of RAM", gpu and f"{gpu} of GPU memory"


def _seed(row: BoardRow, number: int, metrics: Sequence[str]) -> list[str]:
    record = row.entries[number].record
    scores = [record.scores.get(name) for name in metrics]
    return [str(record.seed), *(labels.score(score.value if score else None) for score in scores)]


def _curve(stage: StageRecord) -> dict[str, Any] | None:
    """Return what a stage's log says of its epochs: the first series that are numbers in each."""
    history = stage.summary.get("history")
    if not isinstance(history, list) or len(history) < 2 or not all(isinstance(epoch, dict) for epoch in history):
        return None
    points = history[:POINTS]
    names = [name for name in dict.fromkeys(key for epoch in points for key in epoch) if name.endswith("loss")]
    series = {name: [_number(epoch.get(name)) for epoch in points] for name in names[:CURVES]}
    return {"stage": stage.name, "series": [[name, values] for name, values in series.items()]} if series else None


def _number(value: Any) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(f"{value:.4g}") if fits else None


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[list[str]]:
    rows: list[list[str]] = []
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{prefix}{key}.")
        else:
            rows.append([f"{prefix}{key}", "none" if value is None else str(value)[:200]])
    return rows


def _claims(row: BoardRow, outcomes: Sequence[ClaimOutcome]) -> list[list[str]]:
    name = "/".join(row.key[:2])
    mine = [one for one in outcomes if any(name in (test.pair.better, test.pair.worse) for test in one.tests)]
    said = []
    for outcome in mine:
        label = row.board.facts_of(outcome.claim.metric).label
        pairs = [pair_view(test, label) for test in outcome.tests if name in (test.pair.better, test.pair.worse)]
        effects = "; ".join(f"{one.better} against {one.worse}: {one.effect or 'a run is missing'}" for one in pairs)
        said.append([outcome.verdict, outcome.claim.claim, effects])
    return said


def _plain(value: Any) -> Any:
    """Return nested values whose texts hold nothing that a reader cannot see."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value
