"""Audio-text retrieval metrics: R@k, mAP@k, median and mean rank, for one or several relevant items a query.

Ranks count from 1. A query's hits are judged at the ranks of its relevant items; ties between equal
similarities are broken by a stated policy: `stable` (the earlier column first), `optimistic` (relevant items
first), `pessimistic` (relevant items last) or `mean` (the mean of those two, so half ranks occur).

With several relevant items two forms of R@k are in use and both are given. `recall_at_k`, the official one
here, is the hit rate: the share of queries with *any* relevant item in the first k, as audio-to-text results
on Clotho and AudioCaps report it. `recall_fraction_at_k` is the mean share of a query's relevant items in
the first k. With one relevant item, as in DCASE's language-based audio retrieval, they are equal. AP@k is
sum of j / rank_j over the relevant items j = 1, 2, ... in the first k, divided by min(k, relevant items): 1
/ rank for a single one. Median and mean rank are of the best relevant item. All are fractions except ranks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aacbench.errors import UserError, first_few
from aacbench.runtime.chunks import blocks
from aacbench.types import Score

Ties = Literal["stable", "optimistic", "pessimistic", "mean"]
FloatArray = NDArray[np.float64]
CUTS = (1, 5, 10)
VERSION = 1
BLOCK = 2**23  # similarities at once


def evaluate(
    similarity: ArrayLike, relevant: Sequence[Sequence[int]], ties: Ties = "mean", cuts: Sequence[int] = CUTS
) -> dict[str, Score]:
    """Return the metrics of a similarity matrix (queries, items); `relevant[q]` are the columns right for
    query q.

    Raises:
        UserError: as `ranks`.
    """
    found = ranks(similarity, relevant, ties)
    sizes = [len(row) for row in found]
    return from_ranks(found, sizes, {"ties": ties, "candidates": np.shape(similarity)[1]}, cuts)


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
        _query_ranks(some.start + place, row, list(items), ties)
        for some in by_rows(matrix)
        for place, (row, items) in enumerate(zip(np.ascontiguousarray(matrix[some]), relevant[some], strict=True))
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
    place = 1.0 + np.tril(mine, -1).sum(axis=1)  # among the relevant items of equal similarity
    others = np.count_nonzero(tied, axis=1) - mine.sum(axis=1)
    optimistic, pessimistic = np.sort(greater + place), np.sort(greater + place + others)
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

    Only the listed ranks are known, so median and mean rank are left out, and cuts beyond the shortest list
    too.

    Raises:
        UserError: numbers of lists differ, a query has no relevant item, or a list names an item twice.
    """
    if len(lists) != len(relevant) or not lists:
        raise UserError(f"wanted one list a query and at least one query; got {len(lists)} for {len(relevant)}")
    found = []
    for query, (names, right) in enumerate(zip(lists, relevant, strict=True)):
        if len(set(names)) < len(names) or not right:
            raise UserError(
                f"query {query} (from 0) lists an item twice or has no relevant item: {first_few(names, 10)}"
            )
        wanted = set(right)
        found.append(np.array([rank for rank, name in enumerate(names, 1) if name in wanted], np.float64))
    depth = min(len(names) for names in lists)
    sizes = [len(set(right)) for right in relevant]
    return from_ranks(found, sizes, {"ties": "as listed", "depth": depth}, [k for k in cuts if k <= depth], False)


def from_ranks(
    found: Sequence[FloatArray],
    sizes: Sequence[int],
    signature: Mapping[str, object],
    cuts: Sequence[int] = CUTS,
    all_ranks: bool = True,
) -> dict[str, Score]:
    """Return the metrics of Q queries from the ascending ranks of their relevant items; `sizes[q]` of them
    exist.
    """
    whole = {"version": VERSION, **signature}
    values: dict[str, FloatArray] = {}
    total = np.asarray(sizes, np.float64)
    for k in cuts:
        hits = np.array([(row <= k).sum() for row in found], np.float64)
        values[f"recall_at_{k}"] = (hits > 0).astype(np.float64)
        values[f"recall_fraction_at_{k}"] = hits / total
    if cuts:
        last = max(cuts)
        values[f"map_at_{last}"] = np.array(
            [_precision(row, last, size) for row, size in zip(found, sizes, strict=True)]
        )
    scores = {name: Score(name, float(row.mean()), tuple(row.tolist()), whole) for name, row in values.items()}
    if all_ranks:
        best = np.array([row[0] for row in found])
        items = tuple(best.tolist())
        scores["median_rank"] = Score("median_rank", float(np.median(best)), items, whole)
        scores["mean_rank"] = Score("mean_rank", float(best.mean()), items, whole)
    return scores


def _precision(row: FloatArray, k: int, size: int) -> float:
    inside = row[row <= k]
    return float((np.arange(1, len(inside) + 1) / inside).sum()) / min(k, size)


def chance(sizes: Sequence[int], candidates: int, cut: int = CUTS[-1]) -> float:
    """Return the mAP@`cut` that a random order of `candidates` has on average, where query q has `sizes[q]` right ones.

    Rank k is right with the chance r / n, and each of the k - 1 ranks before it then with (r - 1) / (n - 1).
    """
    places = np.arange(1, min(cut, candidates) + 1, dtype=np.float64)
    values = []
    for right in sizes:
        before = (places - 1) * (right - 1) / max(1, candidates - 1)
        values.append(float(((1 + before) / places).sum()) * right / candidates / min(cut, right))
    return float(np.mean(values))
