"""BLEU-1 to BLEU-4 as the captioning tools compute them (Papineni et al. 2002; range 0 to 1).

Clipped n-gram counts against the maximum over a clip's references; the effective reference length is the
closest one, the shorter on ties. Every numerator has 1e-15 and every denominator 1e-9 added, so that nothing
divides by zero: an item without a matching 4-gram scores about 1e-8 instead of 0. Items are scored by the
same formula on their own counts; the corpus score comes from summed counts and is not the mean of the items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aacbench.errors import UserError
from aacbench.metrics.ngrams import FloatArray, IntArray, NgramTable, RowArray
from aacbench.metrics.official import reference_bleu
from aacbench.metrics.same_items import once_for_items
from aacbench.runtime.chunks import blocks
from aacbench.types import Score, ScoringItems

TINY, SMALL = 1e-15, 1e-9


@dataclass(frozen=True)
class Bleu:
    """BLEU-1..`order` of every item and of the corpus."""

    order: int = 4
    engine: str = "native"

    def __post_init__(self) -> None:
        if not 1 <= self.order <= 9:
            raise UserError(f"BLEU's order is 1 to 9; got {self.order}")

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return one score an order."""
        if self.engine == "reference":
            corpus, rows = reference_bleu(items, self.order)
        else:
            statistics = self.statistics(items)
            corpus = self.from_statistics(statistics.sum(axis=0, keepdims=True))[0].tolist()
            rows = self.from_statistics(statistics).T.tolist()
        return [
            Score(f"bleu_{k}", corpus[k - 1], tuple(rows[k - 1]), {"version": 1, "n": k, "reflen": "closest"})
            for k in range(1, self.order + 1)
        ]

    @once_for_items
    def statistics(self, items: ScoringItems) -> FloatArray:
        """Return what BLEU sums, (items, 2 x order + 2): matches by order, n-grams by order, both lengths."""
        ours, theirs = items.candidate_tokens, items.reference_tokens
        return np.concatenate([bleu_statistics(ours[some], theirs[some], self.order) for some in blocks(len(items))])

    def from_statistics(self, statistics: FloatArray) -> FloatArray:
        """Return BLEU-1..order, (R, order), of R rows of (summed) statistics."""
        n = self.order
        matches, guesses = statistics[:, :n], statistics[:, n : 2 * n]
        ratio = (statistics[:, 2 * n] + TINY) / (statistics[:, 2 * n + 1] + SMALL)
        penalty = np.where(ratio < 1, np.exp(1 - 1 / np.minimum(ratio, 1)), 1.0)
        products = np.cumprod((matches + TINY) / (guesses + SMALL), axis=1)
        powers: FloatArray = products ** (1 / np.arange(1, n + 1))
        return powers * penalty[:, None]


def bleu_statistics(candidates: Sequence[str], references: Sequence[Sequence[str]], order: int = 4) -> FloatArray:
    """Return per item the matches (order), the n-grams (order), the candidate's and the closest reference's
    length.
    """
    n_items = len(candidates)
    sizes = np.fromiter((len(captions) for captions in references), np.int64, n_items)
    item_of = np.concatenate([np.arange(n_items), np.repeat(np.arange(n_items), sizes)])
    table = NgramTable.build([*candidates, *(text for captions in references for text in captions)], order)
    lengths = table.lengths[:n_items]
    columns = [
        _matches(counts.caption, counts.gram, counts.count, item_of, n_items, len(counts.keys))
        for counts in table.orders
    ]
    columns += [np.maximum(0, lengths - k) for k in range(order)]
    columns += [lengths, _closest_length(lengths, table.lengths[n_items:], sizes)]
    return np.stack(columns, axis=1).astype(np.float64)


def _matches(
    caption: RowArray, gram: RowArray, count: RowArray, item_of: IntArray, n_items: int, n_grams: int
) -> IntArray:
    """Return per item the sum over its candidate's grams of min(count, largest count in one reference)."""
    key = item_of[caption] * max(1, n_grams) + gram
    first_reference = int(np.searchsorted(caption, n_items))
    order = np.argsort(key[first_reference:], kind="stable")
    reference_key, reference_count = key[first_reference:][order], count[first_reference:][order]
    if not len(reference_key):
        return np.zeros(n_items, np.int64)
    starts = np.flatnonzero(np.r_[True, reference_key[1:] != reference_key[:-1]])
    reference_key, most = reference_key[starts], np.maximum.reduceat(reference_count, starts)
    mine = key[:first_reference]
    row = np.minimum(np.searchsorted(reference_key, mine), len(reference_key) - 1)
    clipped = np.where(reference_key[row] == mine, np.minimum(most[row], count[:first_reference]), 0)
    return np.bincount(caption[:first_reference], weights=clipped, minlength=n_items).astype(np.int64)


def _closest_length(lengths: IntArray, reference_lengths: IntArray, sizes: IntArray) -> IntArray:
    """Return per item the reference length nearest to the candidate's; the shorter of two equally near
    ones.
    """
    width = int(reference_lengths.max(initial=0)) + 1
    code = np.abs(reference_lengths - np.repeat(lengths, sizes)) * width + reference_lengths
    return np.minimum.reduceat(code, np.cumsum(sizes) - sizes) % width if len(code) else lengths * 0
