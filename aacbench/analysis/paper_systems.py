"""The systems of a paper's table: runs of one system over its seeds, or a file of predictions, with scores a clip."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, first_few
from aacbench.files.tree import files_below
from aacbench.runs.finished import FinishedRun, finished_run
from aacbench.runs.spent import spent
from aacbench.scoring import ScoreReport, Selection, score_items
from aacbench.scoring.files import read_predictions, read_references
from aacbench.scoring.match import match
from aacbench.scoring.resampling import intervals
from aacbench.scoring.signatures import ranking_key
from aacbench.types import Score, ScoringItems

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """One seed of a system: corpus scores, scores a clip in the order of `clips`, intervals, signatures."""

    seed: int
    clips: tuple[str, ...]
    scores: dict[str, float]
    by_clip: dict[str, tuple[float, ...]]
    intervals: dict[str, tuple[float, float]]
    signatures: dict[str, dict[str, Any]]
    costs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PaperSystem:
    """A row of the table: what it is called, and its seeds in order."""

    name: str
    seeds: tuple[Scored, ...]

    def by_clip(self, metric: str) -> FloatArray | None:
        """Return the scores (seeds, clips) of a metric; None where it has none a clip."""
        rows = [one.by_clip.get(metric) for one in self.seeds]
        return np.array(rows, np.float64) if all(row is not None for row in rows) else None


def from_runs(runs: Sequence[FinishedRun], specs: Iterable[MetricSpec], resamples: int) -> list[PaperSystem]:
    """Return the runs as systems: those that differ in the seed alone are one; `resamples` 0 leaves intervals out."""
    summed = {name for spec in specs if spec.aggregate == "summed" for name in spec.outputs}
    groups: dict[str, list[FinishedRun]] = {}
    for run in runs:
        record = run.record
        key = [record.task, record.method, record.variant, record.preset, record.settings, record.data.name]
        groups.setdefault(json.dumps(key, sort_keys=True, default=str), []).append(run)
    return [
        PaperSystem(_named(group[0]), tuple(_of_run(run, summed, resamples) for run in group))
        for group in groups.values()
    ]


def from_file(path: Path, references: Path, selection: Selection, resamples: int) -> PaperSystem:
    """Return a file of predictions, or a run's, scored against references."""
    file = path / "predictions.csv" if path.is_dir() else path
    matched = match(read_predictions(file), read_references(references))
    report = score_items(
        matched.ids, matched.candidates, matched.references, selection.specs, "native", {}, resamples
    ).only(selection.outputs)
    return PaperSystem(path.stem, (_of_report(report),))


def scored_again(
    runs: Sequence[FinishedRun], references: Path, selection: Selection, resamples: int
) -> list[PaperSystem]:
    """Return runs as systems, their predictions scored against references."""
    systems = from_runs(runs, (), 0)
    scored: dict[str, list[Scored]] = {system.name: [] for system in systems}
    for run in runs:
        again = from_file(run.folder, references, selection, resamples).seeds[0]
        scored[_named(run)].append(replace(again, seed=run.record.seed, costs=spent(run.record)))
    return [PaperSystem(name, tuple(seeds)) for name, seeds in scored.items()]


def open_runs(path: Path) -> list[FinishedRun]:
    """Return the finished runs in a folder and below, by path.

    Raises:
        UserError: there is none.
    """
    records = files_below(path, "record.json")
    if not records:
        raise UserError(f"{path} holds no finished run; name run folders, folders of them, or files of predictions")
    return [finished_run(record.parent) for record in records]


def check_alike(systems: Sequence[PaperSystem], metric: str) -> None:
    """Refuse to set scores beside one another that were not computed alike.

    Raises:
        UserError: clips or signatures differ.
    """
    first = systems[0].seeds[0]
    for system in systems:
        for one in system.seeds:
            if apart := set(one.clips) ^ set(first.clips):
                raise UserError(
                    f"{systems[0].name} and {system.name} are not of the same clips: e.g. {first_few(sorted(apart))}"
                )
            mine, theirs = first.signatures.get(metric), one.signatures.get(metric)
            if mine and theirs and ranking_key(mine) != ranking_key(theirs):
                raise UserError(
                    f"{metric} of {systems[0].name} and {system.name} was not computed in the same way; score all anew "
                    "with --references"
                )


def _named(run: FinishedRun) -> str:
    record = run.record
    variant = "" if record.variant == "default" else f" {record.variant}"
    return f"{record.method}{variant}" + ("" if record.preset == "quick" else f" ({record.preset})")


def _of_run(run: FinishedRun, summed: set[str], resamples: int) -> Scored:
    rows = run.items()
    key = "caption" if run.record.task == "retrieval" else "file_name"
    rows = sorted(rows, key=lambda row: str(row[key]))
    names = [name for name in run.record.scores if rows and name in rows[0]]
    by_clip = {name: tuple(float(row[name]) for row in rows) for name in names}
    measured = {}
    for name, score in run.record.scores.items():
        if resamples and score.interval is not None:
            measured[name] = (score.interval.low, score.interval.high)
        elif resamples and name in by_clip and name not in summed:
            measured[name] = _interval(name, score.value, by_clip[name], resamples)
    signatures = {name: dict(score.signature) for name, score in run.record.scores.items()}
    return Scored(
        run.record.seed,
        tuple(str(row[key]) for row in rows),
        run.scores,
        by_clip,
        measured,
        signatures,
        spent(run.record),
    )


def _interval(name: str, corpus: float, values: tuple[float, ...], resamples: int) -> tuple[float, float]:
    blank = ("",) * len(values)
    items = ScoringItems(blank, blank, ((),) * len(values), blank, ((),) * len(values))
    one = intervals(None, items, [Score(name, corpus, values)], resamples)[name]
    return one.low, one.high


def _of_report(report: ScoreReport) -> Scored:
    order = sorted(range(len(report.items)), key=lambda row: report.items.ids[row])
    by_clip = {
        name: tuple(score.items[row] for row in order)
        for name, score in report.scores.items()
        if score.items is not None
    }
    return Scored(
        0,
        tuple(report.items.ids[row] for row in order),
        {name: score.corpus for name, score in report.scores.items()},
        by_clip,
        {name: (one.low, one.high) for name, one in report.intervals.items()},
        {name: dict(score.signature) for name, score in report.scores.items()},
    )
