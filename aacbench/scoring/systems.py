"""Two systems brought together for a comparison: per-clip scores of run folders, of score tables or of
predictions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, cut, first_few
from aacbench.files.safe_read import load_json
from aacbench.files.tables import read_table, read_text
from aacbench.scoring.core import check_items, score_prepared
from aacbench.scoring.files import NAME, PREDICTION, References, read_predictions
from aacbench.scoring.list_report import report_lists
from aacbench.scoring.match import match
from aacbench.scoring.ranked_lists import is_top_list, parse_ranking
from aacbench.scoring.relevance import Relevance
from aacbench.scoring.report import ScoreReport
from aacbench.scoring.resampling import FloatArray, Summed
from aacbench.scoring.scorer import Scorer
from aacbench.scoring.signatures import ranking_key
from aacbench.scoring.tokens import tokenised
from aacbench.types import WordSeconds

QUERY = "caption"
LARGEST = 1e9  # of a score: sums and squares of more than that are no numbers


@dataclass(frozen=True, slots=True)
class Statistics:
    """What one corpus score is summed from: `values` (N, S) of N clips; `scores` makes (R,) of R rows of sums."""

    values: FloatArray
    metric: Summed
    column: int

    def scores(self, sums: FloatArray) -> FloatArray:
        """Return the corpus scores of rows of summed statistics."""
        return self.metric.from_statistics(sums)[:, self.column]


@dataclass(frozen=True, slots=True)
class System:
    """A system's per-clip scores by metric, its captions, signatures and statistics where they are known."""

    path: Path
    clips: tuple[str, ...]
    scores: dict[str, tuple[float, ...]]
    captions: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    statistics: dict[str, Statistics] = field(default_factory=dict)


def from_predictions(
    path: Path, references: References, specs: Sequence[MetricSpec], outputs: Sequence[str], engine: str
) -> System:
    """Score a predictions file (or a run folder's) against references."""
    file = path / "predictions.csv" if path.is_dir() else path
    matched = match(read_predictions(file), references)
    system = from_captions(
        path, matched.ids, matched.candidates, matched.references, specs, outputs, engine, matched.word_seconds
    )
    return replace(system, warnings=(*matched.warnings, *system.warnings))


def from_captions(
    path: Path,
    ids: Sequence[str],
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    specs: Sequence[MetricSpec],
    outputs: Sequence[str],
    engine: str,
    word_seconds: Sequence[WordSeconds] = (),
) -> System:
    """Score captions against references, one caption a clip of `ids`; `path` is what messages call the system."""
    check_items(ids, candidates, references)
    scorer = Scorer(specs, engine)
    scorer.check_ready()
    items = replace(tokenised(ids, candidates, references, engine), word_seconds=tuple(word_seconds))
    report: ScoreReport = score_prepared(scorer, items, engine).only(outputs)
    return replace(from_report(path, report), statistics=_statistics(scorer, report))


def from_report(path: Path, report: ScoreReport) -> System:
    """Return the system of a report; `path` is what messages call it."""
    return System(
        path,
        report.items.ids,
        {name: score.items for name, score in report.scores.items() if score.items is not None},
        dict(zip(report.items.ids, report.items.candidates, strict=True)),
        {name: dict(score.signature) for name, score in report.scores.items()},
        report.warnings,
    )


def _statistics(scorer: Scorer, report: ScoreReport) -> dict[str, Statistics]:
    """Return the statistics of those scores that are summed from some."""
    statistics_of: dict[str, Statistics] = {}
    for spec in scorer.specs:
        metric = scorer.metrics[spec.name]
        if isinstance(metric, Summed) and set(spec.outputs) & set(report.scores):
            values = metric.statistics(report.items)
            statistics_of |= {name: Statistics(values, metric, column) for column, name in enumerate(spec.outputs)}
    return {name: statistics for name, statistics in statistics_of.items() if name in report.scores}


def from_scores(path: Path) -> System:
    """Read per-clip scores: a run folder with `items.csv`, or such a table itself.

    Raises:
        UserError: there is no such table, it holds predictions instead of scores, or a cell is no number.
    """
    folder = path if path.is_dir() else None
    file = path / "items.csv" if folder else path
    if folder and not file.exists():
        raise UserError(f"{path} holds no items.csv; wanted a finished run's folder, or --references to score with")
    table = read_table(file, [NAME, QUERY])
    if PREDICTION in table.header:
        raise UserError(f"{file} holds captions, not scores; add --references REFERENCES.csv to score both first")
    key = QUERY if QUERY in table.header else NAME  # of a retrieval run, a row is a query
    names = [name for name in table.header if name not in (NAME, key)]
    rows: dict[str, list[float]] = {}
    at, columns_at = table.column(key), [table.column(name) for name in names]
    for line, cells in table.rows:
        if len(cells) != len(table.header) or cells[at] in rows:
            raise UserError(f"{file}, line {line}: wanted one row a clip with {len(table.header)} cells")
        rows[cells[at]] = [_number(file, line, cells[position]) for position in columns_at]
    columns = zip(*rows.values(), strict=True)
    scores = {name: tuple(column) for name, column in zip(names, columns, strict=True)}
    captions = folder / "predictions.csv" if folder else None
    return System(
        path,
        tuple(rows),
        scores,
        _captions(captions) if captions else {},
        _signatures(folder / "record.json") if folder else {},
    )


def _captions(path: Path) -> dict[str, str]:
    """Return a run's captions; none of a run whose predictions are ranked lists."""
    if not path.exists() or is_top_list(path):
        return {}
    return read_predictions(path).captions


def from_lists(path: Path, relevance: Relevance, known: Sequence[MetricSpec], names: Sequence[str] | None) -> System:
    """Score a retrieval system's lists (or a run folder's) against references; what is compared are queries."""
    file = path / "predictions.csv" if path.is_dir() else path
    report = report_lists(parse_ranking(read_text(file)), relevance, known, names)
    scores = {name: score.items for name, score in report.scores.items() if score.items is not None}
    signatures = {name: dict(score.signature) for name, score in report.scores.items()}
    return System(path, report.items.ids, scores, {}, signatures, report.warnings)


def aligned(a: System, b: System) -> tuple[list[str], System]:
    """Return the metrics both systems have, and `b` in the order of `a`'s clips.

    Raises:
        UserError: they were not scored on the same clips, in the same way, or share no metric.
    """
    only = sorted(set(a.clips) ^ set(b.clips))
    if only:
        raise UserError(
            f"{a.path} and {b.path} are not of the same clips: {len(only)} are in one only, e.g. {first_few(only)}"
        )
    names = [name for name in a.scores if name in b.scores]
    if not names:
        raise UserError(
            f"no metric is in both: {a.path} has {first_few(a.scores, 8)}, {b.path} has {first_few(b.scores, 8)}"
        )
    for name in names:
        mine, theirs = a.signatures.get(name), b.signatures.get(name)
        if mine and theirs and ranking_key(mine) != ranking_key(theirs):
            raise UserError(
                f"{name} was not computed in the same way for both ({_disagreement(mine, theirs)}); "
                "score both again with --references"
            )
    row_of = {clip: row for row, clip in enumerate(b.clips)}
    order = [row_of[clip] for clip in a.clips]
    scores = {name: tuple(values[row] for row in order) for name, values in b.scores.items()}
    statistics = {name: replace(one, values=one.values[order]) for name, one in b.statistics.items()}
    return names, System(b.path, a.clips, scores, b.captions, b.signatures, b.warnings, statistics)


def _number(file: Path, line: int, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise UserError(f"{file}, line {line}: {cell[:40]!r} is not a number; wanted per-clip scores") from error
    if not abs(value) <= LARGEST:  # NaN neither
        raise UserError(f"{file}, line {line}: {cell[:40]!r} is not a finite score")
    return value


def _signatures(path: Path) -> dict[str, dict[str, Any]]:
    """Return the signatures of a run's record; none where there is no readable record."""
    try:
        scores = load_json(path)["scores"]
        return {name: dict(score["signature"]) for name, score in scores.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _disagreement(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    keys = [key for key in {**mine, **theirs} if key != "aacbench" and mine.get(key) != theirs.get(key)]
    shown = (f"{cut(key)}: {cut(repr(mine.get(key)))} and {cut(repr(theirs.get(key)))}" for key in keys[:3])
    return ", ".join(shown) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
