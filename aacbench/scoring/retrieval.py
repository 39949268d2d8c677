"""Audio-text retrieval: from similarities or ranked lists to the ranks that its metrics are called with.

Ranks count from 1. A query's hits are judged at the ranks of its relevant items; ties between equal similarities are
broken by a stated policy: `stable` (the earlier column first), `optimistic` (relevant items first), `pessimistic`
(relevant items last) or `mean` (the mean of those two, so half ranks occur). The metrics themselves, registered as all
others, are in `aacbench.metrics.ranked`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacbench.contracts import MetricSpec, RetrievalMetric
from aacbench.errors import UserError, first_few
from aacbench.host.builtin.retrieval_metrics import CUTS
from aacbench.host.builtin.retrieval_metrics import specs as builtin_specs
from aacbench.runtime.chunks import blocks
from aacbench.scoring.scorer import build, run_metric
from aacbench.scoring.select import ordered
from aacbench.types import RankedItems, Score

Ties = Literal["stable", "optimistic", "pessimistic", "mean"]
FloatArray = NDArray[np.float64]
BLOCK = 2**23  # similarities at once


def evaluate(
    similarity: ArrayLike, relevant: Sequence[Sequence[int]], ties: Ties = "mean", cuts: Sequence[int] = CUTS
) -> dict[str, Score]:
    """Return the metrics of a similarity matrix (queries, items); `relevant[q]` are the columns right for
    query q.

    Raises:
        UserError: as `ranks`.
    """
    return score_ranks(matrix_items(similarity, relevant, ties), _specs(cuts))


def both_directions(
    similarity: ArrayLike, clip_of: Sequence[int], ties: Ties = "mean", cuts: Sequence[int] = CUTS
) -> dict[str, dict[str, Score]]:
    """Return `text_to_audio` and `audio_to_text` metrics of a matrix (captions, clips).

    `clip_of[c]` is the clip that caption c describes; clips without a caption are candidates but no queries.

    Raises:
        UserError: as `ranks`, or `clip_of` does not fit the matrix.
    """
    matrix = np.asarray(similarity, np.float64)
    if matrix.ndim != 2 or len(clip_of) != len(matrix):
        raise UserError(f"wanted a matrix (captions, clips) and one clip a caption; got {matrix.shape}, {len(clip_of)}")
    captions_of: dict[int, list[int]] = {}
    for caption, clip in enumerate(clip_of):
        captions_of.setdefault(int(clip), []).append(caption)
    text = evaluate(matrix, [[int(clip)] for clip in clip_of], ties, cuts)
    clips = sorted(captions_of)
    audio = evaluate(np.ascontiguousarray(matrix.T[clips]), [captions_of[clip] for clip in clips], ties, cuts)
    return {"text_to_audio": text, "audio_to_text": audio}


def ranks(similarity: ArrayLike, relevant: Sequence[Sequence[int]], ties: Ties = "mean") -> list[FloatArray]:
    """Return, for each query, the ascending ranks of its relevant items.

    Raises:
        UserError: the matrix is not (queries, items) of numbers, a query has no relevant item, names one
        twice or one
            outside the matrix, or the tie policy is unknown.
    """
    matrix = np.asarray(similarity)
    if matrix.ndim != 2 or len(matrix) != len(relevant) or not matrix.size:
        raise UserError(f"wanted similarities (queries, items) for {len(relevant)} queries; got shape {matrix.shape}")
    if not np.issubdtype(matrix.dtype, np.number) or any(np.isnan(matrix[some]).any() for some in by_rows(matrix)):
        raise UserError("similarities must be numbers; some are not")
    if ties not in get_args(Ties):
        raise UserError(f"unknown tie policy {ties!r}; wanted one of {', '.join(get_args(Ties))}")
    return [
        _query_ranks(some.start + offset, row, list(items), ties)
        for some in by_rows(matrix)
        for offset, (row, items) in enumerate(zip(np.ascontiguousarray(matrix[some]), relevant[some], strict=True))
    ]


def by_rows(matrix: NDArray[np.number]) -> Iterator[slice]:
    """Yield blocks of a matrix's rows, some tens of MB each: it may be a file that memory cannot hold."""
    return blocks(len(matrix), max(1, BLOCK // max(1, matrix.shape[1])))


def _query_ranks(query: int, row: NDArray[np.number], items: list[int], ties: Ties) -> FloatArray:
    if not items or len(set(items)) < len(items) or not 0 <= min(items) <= max(items) < len(row):
        raise UserError(
            f"query {query} (from 0) has relevant items {first_few(items)}; "
            f"wanted distinct columns of 0 to {len(row) - 1}"
        )
    items = sorted(items)
    values = row[items][:, None]
    greater = np.count_nonzero(row > values, axis=1)  # (relevant,)
    tied = row == values  # (relevant, items)
    if ties == "stable":
        before = np.arange(len(row)) < np.array(items)[:, None]
        return np.sort(1.0 + greater + np.count_nonzero(tied & before, axis=1)).astype(np.float64)
    mine = tied[:, items]  # (relevant, relevant)
    within = 1.0 + np.tril(mine, -1).sum(axis=1)  # among the relevant items of equal similarity
    others = np.count_nonzero(tied, axis=1) - mine.sum(axis=1)
    optimistic, pessimistic = np.sort(greater + within), np.sort(greater + within + others)
    policies: dict[Ties, FloatArray] = {
        "optimistic": optimistic,
        "pessimistic": pessimistic,
        "mean": (optimistic + pessimistic) / 2,
    }
    return policies[ties]


def from_lists(
    lists: Sequence[Sequence[str]], relevant: Sequence[Sequence[str]], cuts: Sequence[int] = CUTS
) -> dict[str, Score]:
    """Return the metrics of ranked lists of item names, such as DCASE's ten file names a query.

    The longest list says how many places are known: what is missing in a shorter or empty one is a miss. Cuts beyond
    it, and median and mean rank, are left out.

    Raises:
        UserError: numbers of lists differ, a query has no relevant item, or a list names an item twice.
    """
    items = ranked_items(lists, relevant)
    return score_ranks(items, _specs([k for k in cuts if k <= (items.depth or k)]))


def ranked_items(
    lists: Sequence[Sequence[str]], relevant: Sequence[Sequence[str]], ids: Sequence[str] | None = None
) -> RankedItems:
    """Return what retrieval metrics are called with, of ranked lists; raises as `from_lists`."""
    if len(lists) != len(relevant) or not lists:
        raise UserError(f"wanted one list a query and at least one query; got {len(lists)} for {len(relevant)}")
    rows = []
    for query, (names, right) in enumerate(zip(lists, relevant, strict=True)):
        if len(set(names)) < len(names) or not right:
            raise UserError(
                f"query {query} (from 0) lists an item twice or has no relevant item: {first_few(names, 10)}"
            )
        wanted = set(right)
        rows.append(np.array([rank for rank, name in enumerate(names, 1) if name in wanted], np.float64))
    depth = max(len(names) for names in lists)
    sizes = tuple(len(set(right)) for right in relevant)
    names = tuple(map(str, range(len(rows)))) if ids is None else tuple(ids)
    return RankedItems(names, tuple(rows), sizes, depth, {"ties": "as listed", "depth": depth})


def matrix_items(
    similarity: ArrayLike, relevant: Sequence[Sequence[int]], ties: Ties = "mean", ids: Sequence[str] | None = None
) -> RankedItems:
    """Return what retrieval metrics are called with, of a similarity matrix (queries, items); raises as `ranks`."""
    rows = ranks(similarity, relevant, ties)
    names = tuple(map(str, range(len(rows)))) if ids is None else tuple(ids)
    signature = {"ties": ties, "candidates": np.shape(similarity)[1]}
    return RankedItems(names, tuple(rows), tuple(len(row) for row in rows), None, signature)


def score_ranks(
    items: RankedItems, specs: Sequence[MetricSpec], settings: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Score]:
    """Return the scores of those metrics of `specs` that the known places suffice for.

    Raises:
        UserError: a metric takes no such settings, or needs one that is not among `specs`.
        AacbenchError: a metric gives other scores than its spec says.
    """
    scores: dict[str, Score] = {}
    for spec in ordered(specs, specs):
        metric = build(spec, spec.engines[0], settings or {})
        wanted = metric.depth if isinstance(metric, RetrievalMetric) else 1
        if items.depth is None or (wanted is not None and wanted <= items.depth):
            needed = {name: scores[name] for name in spec.requires}
            scores |= {score.name: score for score in run_metric(spec, metric, items, needed)}
    return scores


def _specs(cuts: Sequence[int]) -> tuple[MetricSpec, ...]:
    return builtin_specs(tuple(cuts))


def chance(sizes: Sequence[int], candidates: int, cut: int = CUTS[-1]) -> float:
    """Return the mAP@`cut` that a random order of `candidates` has on average, where query q has `sizes[q]` right ones.

    Rank k is right with the chance r / n, and each of the k - 1 ranks before it then with (r - 1) / (n - 1).
    """
    positions = np.arange(1, min(cut, candidates) + 1, dtype=np.float64)
    values = []
    for right in sizes:
        before = (positions - 1) * (right - 1) / max(1, candidates - 1)
        values.append(float(((1 + before) / positions).sum()) * right / candidates / min(cut, right))
    return float(np.mean(values))
