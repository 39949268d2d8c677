"""A report of ranked lists: their scores with values a query, signatures, intervals and warnings, as captions have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, counted, first_few
from aacbench.scoring.ranked_lists import Ranking, check_queries, named_alike
from aacbench.scoring.relevance import Relevance
from aacbench.scoring.report import ScoreReport, write_rows
from aacbench.scoring.resampling import intervals
from aacbench.scoring.retrieval import matrix_items, ranked_items, score_ranks
from aacbench.scoring.select import select
from aacbench.types import RankedItems, Score, ScoringItems


def report_lists(
    ranking: Ranking,
    relevance: Relevance,
    known: Sequence[MetricSpec],
    names: Sequence[str] | None = None,
    partial: bool = False,
    resamples: int = 0,
    seed: int = 0,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    one_target: bool = False,
) -> ScoreReport:
    """Score a system's lists: the scores called `names`, or all; an item of the report is a query.

    With `partial`, queries without a list are left out with a caution. With `one_target`, every (clip, caption) pair
    is a query with that clip alone as its right one, as AudioCaps' text-to-audio results are often given. With
    `resamples`, every score gets a bootstrap 95 % interval over queries.

    Raises:
        UserError: no listed name is a clip's, a query has no list, or a name of a metric is unknown.
    """
    ranking = named_alike(ranking, relevance)
    warnings = [*relevance.warnings, *ranking.warnings]
    if partial:
        relevance = _listed(ranking, relevance, warnings)
    check_queries(ranking, relevance)
    pairs = _pairs(relevance, one_target)
    selection = select(names, known, "retrieval")
    items = _items(ranking, pairs)
    computed = score_ranks(items, selection.specs, settings)
    left_out = [name for name in selection.outputs if name not in computed]
    if names is not None and left_out:
        raise UserError(f"{ranking.path} lists {items.depth} clips a query, too few for {first_few(left_out)}")
    scores = {name: _signed(name, computed[name], one_target) for name in selection.outputs if name in computed}
    blank = ("",) * len(items)
    shown = ScoringItems(items.ids, blank, ((),) * len(items), blank, ((),) * len(items))
    measured = intervals(None, shown, [*scores.values()], resamples, seed) if resamples else {}
    return ScoreReport(shown, scores, tuple(warnings), {}, measured)


def _pairs(relevance: Relevance, one_target: bool) -> list[tuple[str, tuple[str, ...]]]:
    """Return queries with their right clips; with `one_target` each clip of a query in turn."""
    if not one_target:
        return [*relevance.relevant.items()]
    return [(query, (clip,)) for query, clips in relevance.relevant.items() for clip in clips]


def _items(ranking: Ranking, pairs: Sequence[tuple[str, tuple[str, ...]]]) -> RankedItems:
    queries = [query for query, _ in pairs]
    if ranking.similarity is None:
        return ranked_items([ranking.lists[query] for query in queries], [right for _, right in pairs], queries)
    row, column = ({name: at for at, name in enumerate(names)} for names in (ranking.lists, ranking.clips))
    lacking = {clip for _, right in pairs for clip in right if clip not in column}
    if lacking:
        raise UserError(f"{ranking.path} has no column for the right clips {first_few(sorted(lacking))}")
    right = [[column[clip] for clip in clips] for _, clips in pairs]
    return matrix_items(ranking.similarity[[row[query] for query in queries]], right, ids=queries)


def _signed(name: str, score: Score, one_target: bool) -> Score:
    more = {"targets": "one a query"} if one_target else {}
    return replace(score, signature={"metric": name, **score.signature, **more})


def _listed(ranking: Ranking, relevance: Relevance, warnings: list[str]) -> Relevance:
    """Return the queries that have a list; what is left out becomes a caution."""
    left_out = [query for query in relevance.relevant if query not in ranking.lists]
    if not left_out:
        return relevance
    kept = {query: clips for query, clips in relevance.relevant.items() if query in ranking.lists}
    if not kept:
        raise UserError(f"no caption of {relevance.path} has a row in {ranking.path}: e.g. {first_few(left_out, 2)}")
    warnings.append(
        f"{counted(len(left_out), 'caption')} without a row in {ranking.path} left out: {first_few(left_out, 2)}; do "
        "not compare these scores with scores of the whole set"
    )
    return replace(relevance, relevant=kept)


def write_queries(path: Path, report: ScoreReport) -> None:
    """Write the scores of each query as CSV: `caption` and one column a score.

    Raises:
        UserError: the file cannot be written.
    """
    columns = {name: score.items for name, score in report.scores.items() if score.items is not None}
    rows = [[query, *(values[row] for values in columns.values())] for row, query in enumerate(report.items.ids)]
    write_rows(path, ["caption", *columns], rows)
