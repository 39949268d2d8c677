"""How varied captions are: Self-BLEU, distinct n-grams, and the share of captions that no reference is.

Descriptive: more variety is not better. Self-BLEU (Zhu et al. 2018) is each caption's BLEU-4 against all others as its
references, with the constants of BLEU here; 1 is one caption for all clips. Distinct-n (Li et al. 2016) is the number
of different n-grams over that of all. A caption is novel if it is, token for token, no clip's reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aacbench.metrics.ngrams import FloatArray, IntArray, NgramTable, OrderCounts
from aacbench.types import Score, ScoringItems

TINY, SMALL, ORDER = 1e-15, 1e-9, 4


@dataclass(frozen=True)
class Diversity:
    """Self-BLEU, distinct-1, distinct-2 and novelty of the candidates."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the scores `self_bleu`, `distinct_1`, `distinct_2` and `novelty`."""
        table = NgramTable.build(items.candidate_tokens, ORDER)
        references = {caption for captions in items.reference_tokens for caption in captions}
        novel = tuple(float(caption not in references) for caption in items.candidate_tokens)
        likeness = self_bleu(table)
        signature = {"version": 1}
        return [
            Score("self_bleu", float(likeness.mean()), tuple(likeness.tolist()), {**signature, "n": ORDER}),
            *(Score(f"distinct_{n}", _distinct(table.orders[n - 1]), None, {**signature, "n": n}) for n in (1, 2)),
            Score("novelty", sum(novel) / len(novel), novel, signature),
        ]


def _distinct(counts: OrderCounts) -> float:
    total = int(counts.count.sum())
    return len(np.unique(counts.gram)) / total if total else 0.0


def self_bleu(table: NgramTable) -> FloatArray:
    """Return each caption's BLEU against all others (N,); 0 for one alone."""
    lengths = table.lengths
    if len(lengths) < 2:
        return np.zeros(len(lengths))
    logs = np.zeros(len(lengths))
    for n, counts in enumerate(table.orders, 1):
        most, second, owner = _two_largest(counts)
        others = np.where(owner[counts.gram] == counts.caption, second[counts.gram], most[counts.gram])
        matched = np.minimum(counts.count, others)
        matches = np.bincount(counts.caption, weights=matched, minlength=len(lengths))
        logs += np.log((matches + TINY) / (np.maximum(0, lengths - n + 1) + SMALL))
    ratio = (lengths + TINY) / (_closest(lengths) + SMALL)
    penalty = np.where(ratio < 1, np.exp(1 - 1 / np.minimum(ratio, 1)), 1.0)
    values: FloatArray = np.exp(logs / len(table.orders)) * penalty
    return np.where(lengths > 0, values, 0.0)


def _two_largest(counts: OrderCounts) -> tuple[IntArray, IntArray, IntArray]:
    """Return by gram its largest count in a caption, the next largest in another one, and whose the largest is."""
    size = int(counts.gram.max(initial=-1)) + 1
    order = np.lexsort((-counts.count, counts.gram))
    gram, count, caption = counts.gram[order], counts.count[order], counts.caption[order]
    first = np.r_[True, gram[1:] != gram[:-1]] if len(gram) else np.zeros(0, bool)
    most, second, owner = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    starts = np.flatnonzero(first)
    most[gram[starts]], owner[gram[starts]] = count[starts], caption[starts]
    following = starts + 1
    following = following[(following < len(gram))]
    following = following[~first[following]]
    second[gram[following]] = count[following]
    return most, second, owner


def _closest(lengths: IntArray) -> IntArray:
    """Return for each caption the length nearest to its own among the others; the shorter of two equally near."""
    order = np.argsort(lengths, kind="stable")
    ranked = lengths[order]
    before = np.r_[ranked[1], ranked[:-1]]
    after = np.r_[ranked[1:], ranked[-2]]
    nearest = np.empty_like(lengths)
    nearest[order] = np.where(np.abs(ranked - before) <= np.abs(after - ranked), before, after)
    return nearest
