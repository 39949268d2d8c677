"""From arc scores to trees with one root.

Each token gets its best head where that makes a tree; else the sentence gets its best projective tree, by
Eisner's (1996) dynamic programme over spans, with exactly one token under the root, run for all sentences of
a batch and all spans of a width at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aacbench.text.parser.features import Ids

Floats = npt.NDArray[np.float32]


def are_trees(heads: Ids) -> npt.NDArray[np.bool_]:
    """Which rows of heads (B, n), counted from 1 with 0 the root, are trees with one token under the root."""
    ancestors = np.pad(heads, ((0, 0), (1, 0)))  # (B, n + 1), the root its own ancestor
    for _ in range(int(heads.shape[1]).bit_length()):
        ancestors = np.take_along_axis(ancestors, ancestors, axis=1)
    rooted = (ancestors == 0).all(axis=1)
    single: npt.NDArray[np.bool_] = (heads == 0).sum(axis=1) == 1
    valid: npt.NDArray[np.bool_] = np.logical_and(rooted, single)
    return valid


def best_trees(arcs: Floats) -> Ids:
    """Heads (B, n) from arc scores (B, n dependents, n + 1 heads), head 0 the root."""
    length = arcs.shape[1]
    own = np.arange(length)
    arcs[:, own, own + 1] = -np.inf
    heads: Ids = arcs.argmax(axis=2)
    broken = np.flatnonzero(~are_trees(heads))
    if len(broken):
        heads[broken] = projective_trees(arcs[broken])
    return heads


@dataclass(frozen=True, slots=True)
class _Splits:
    """Where the best span of each kind splits, (B, n, n) by its first and last token."""

    arc: Ids  # an arc between the ends, either way: last token of the left part
    left: Ids  # the last token heads the span: the arc's left end
    right: Ids  # the first token heads the span: the arc's right end


def projective_trees(arcs: Floats) -> Ids:
    """The best projective trees with one token under the root; same shapes as `best_trees`."""
    batch, length = arcs.shape[:2]
    splits, under_left, under_right = _fill(arcs)
    totals = arcs[:, :, 0] + under_left[:, 0, :] + under_right[:, :, -1]  # by the root's token
    heads = np.zeros((batch, length), np.int64)
    for row, top in enumerate(totals.argmax(axis=1)):
        _trace(heads[row], splits, row, int(top))
    return heads


def _fill(arcs: Floats) -> tuple[_Splits, Floats, Floats]:
    """Best splits, and scores of spans headed by their last and by their first token, (B, n, n)."""
    batch, length = arcs.shape[:2]
    shape = (batch, length, length)
    between = np.ascontiguousarray(arcs[:, :, 1:])  # (B, dependent, head)
    splits = _Splits(*(np.zeros(shape, np.int64) for _ in range(3)))
    under_left, under_right = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    arc_left, arc_right = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for width in range(1, length):
        first = np.arange(length - width)
        last = first + width
        lower = first[:, None] + np.arange(width)  # (spans, width): first .. last - 1
        begin, end = first[:, None], last[:, None]

        joined = under_right[:, begin, lower] + under_left[:, lower + 1, end]
        splits.arc[:, first, last] = joined.argmax(axis=2) + first
        best = joined.max(axis=2)
        arc_left[:, first, last] = best + between[:, first, last]
        arc_right[:, first, last] = best + between[:, last, first]

        joined = under_left[:, begin, lower] + arc_left[:, lower, end]
        splits.left[:, first, last] = joined.argmax(axis=2) + first
        under_left[:, first, last] = joined.max(axis=2)

        joined = arc_right[:, begin, lower + 1] + under_right[:, lower + 1, end]
        splits.right[:, first, last] = joined.argmax(axis=2) + first + 1
        under_right[:, first, last] = joined.max(axis=2)
    return splits, under_left, under_right


def _trace(heads: Ids, splits: _Splits, row: int, top: int) -> None:
    """Write one sentence's heads, following the splits down from the root's token."""
    spans = [(0, top, True), (top, len(heads) - 1, False)]  # first, last, headed by the last
    while spans:
        first, last, by_last = spans.pop()
        if first == last:
            continue
        if by_last:
            end = int(splits.left[row, first, last])
            heads[end] = last + 1
            spans.append((first, end, True))
            left, right = end, last
        else:
            end = int(splits.right[row, first, last])
            heads[end] = first + 1
            spans.append((end, last, False))
            left, right = first, end
        middle = int(splits.arc[row, left, right])
        spans += [(left, middle, False), (middle + 1, right, True)]
