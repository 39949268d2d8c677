"""A report of ranked lists: their scores with values a query, signatures, intervals and cautions, as captions have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aacbench.errors import UserError, counted, first_few
from aacbench.scoring.files import References
from aacbench.scoring.ranked_lists import read_lists, score_lists
from aacbench.scoring.report import ScoreReport, write_rows
from aacbench.scoring.resampling import intervals
from aacbench.scoring.select import resolved
from aacbench.types import Score, ScoringItems


def report_lists(
    path: Path,
    references: References,
    names: Sequence[str] | None = None,
    partial: bool = False,
    resamples: int = 0,
    seed: int = 0,
) -> ScoreReport:
    """Score a file of ranked lists: the scores called `names`, or all; an item of the report is a query.

    With `partial`, captions without a list are left out with a caution. With `resamples`, every score gets a bootstrap
    95 % interval over queries.

    Raises:
        UserError: as `score_lists`, or a name is unknown.
    """
    cautions = [*references.cautions]
    if partial:
        references = _listed(path, references, cautions)
    scores = {name: _signed(name, score) for name, score in score_lists(path, references).items()}
    chosen = [*scores] if names is None else resolved("retrieval score", names, scores)
    queries = [*dict.fromkeys(caption for captions in references.captions.values() for caption in captions)]
    blank = ("",) * len(queries)
    items = ScoringItems(tuple(queries), blank, ((),) * len(queries), blank, ((),) * len(queries))
    found = [scores[name] for name in chosen]
    measured = intervals(None, items, found, resamples, seed) if resamples else {}
    return ScoreReport(items, {score.name: score for score in found}, tuple(cautions), {}, measured)


def _signed(name: str, score: Score) -> Score:
    return replace(score, signature={"metric": name, **score.signature})


def _listed(path: Path, references: References, cautions: list[str]) -> References:
    """Return the references whose captions have a list; what is left out becomes a caution."""
    lists = read_lists(path)
    left_out = dict.fromkeys(text for texts in references.captions.values() for text in texts if text not in lists)
    if not left_out:
        return references
    kept = {clip: tuple(text for text in texts if text in lists) for clip, texts in references.captions.items()}
    kept = {clip: texts for clip, texts in kept.items() if texts}
    if not kept:
        raise UserError(f"no caption of {references.path} has a row in {path}: e.g. {first_few(left_out, 2)}")
    cautions.append(
        f"{counted(len(left_out), 'caption')} without a row in {path} left out: {first_few(left_out, 2)}; do not "
        "compare these scores with scores of the whole set"
    )
    return replace(references, captions=kept)


def write_queries(path: Path, report: ScoreReport) -> None:
    """Write the scores of each query as CSV: `caption` and one column a score.

    Raises:
        UserError: the file cannot be written.
    """
    columns = {name: score.items for name, score in report.scores.items() if score.items is not None}
    rows = [[query, *(values[row] for values in columns.values())] for row, query in enumerate(report.items.ids)]
    write_rows(path, ["caption", *columns], rows)
