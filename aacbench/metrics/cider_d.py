"""CIDEr-D (Vedantam et al. 2015) as the captioning tools compute it; range 0 to 10.

tf-idf vectors of 1- to 4-grams; term frequency is the raw count, the idf is log(clips) - log(max(1, clips
whose references hold the gram)). The similarity to a reference clips each weight at the reference's, divides
by both norms and multiplies by exp(-d^2 / (2 sigma^2)) with sigma 6, where d is the difference of *bigram*
counts. Scores are means over orders and references, times 10; the corpus score is the mean of the items.
Scores depend on the evaluated set through the idf, and with one clip every idf, so every score, is 0.

`CiderDReward` holds the document frequencies and reference vectors of a chosen corpus, for self-critical
training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from aacbench.contracts import Metric
from aacbench.errors import UserError
from aacbench.metrics.ngrams import FloatArray, IntArray, NgramTable, OrderCounts, RowArray, Tokens, count_orders
from aacbench.metrics.official import reference_cider_d
from aacbench.runtime.chunks import blocks
from aacbench.types import ReferenceSet, Score, ScoringItems


@dataclass
class CiderD(Metric):
    """CIDEr-D of every item, and the items' mean.

    Document frequencies are counted in the references that the metric was prepared with, by default in those of the
    items themselves.
    """

    order: int = 4
    sigma: float = 6.0
    engine: str = "native"
    _corpus: CiderDReward | None = field(default=None, init=False, repr=False, compare=False)
    _row: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def prepare(self, references: ReferenceSet) -> None:
        """Count document frequencies in these references."""
        if self.engine == "native":
            self._corpus = CiderDReward(references.reference_tokens, self.order, self.sigma)
            self._row = {clip: row for row, clip in enumerate(references.ids)}

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `cider_d`."""
        if self.engine == "reference":
            corpus, rows = reference_cider_d(items, self.order, self.sigma)
        else:
            values = self._values(items)
            corpus, rows = float(values.mean()), values.tolist()
        signature = {"version": 1, "n": self.order, "sigma": self.sigma, "idf": "evaluated"}
        return [Score("cider_d", corpus, tuple(rows), signature)]

    def _values(self, items: ScoringItems) -> FloatArray:
        corpus, clips = self._corpus, np.arange(len(items))
        if corpus is None:
            corpus = CiderDReward(items.reference_tokens, self.order, self.sigma)
        else:
            clips = np.fromiter((self._row[clip] for clip in items.ids), np.int64, len(items))
        ours = items.candidate_tokens
        return np.concatenate([corpus(ours[some], clips[some]) for some in blocks(len(items))])

    def warnings(self, items: ScoringItems) -> list[str]:
        """Say so when the score means nothing: with one clip every inverse document frequency is 0."""
        if len(items) > 1:
            return []
        return [
            "CIDEr-D (and SPIDEr's half of it) is 0 by definition on a single clip: its document frequencies "
            "come from the clips scored together"
        ]


class CiderDReward:
    """CIDEr-D against a corpus whose document frequencies and reference vectors are computed once.

    `references` holds each clip's reference captions (tokens joined by blanks, or sequences of integer token
    ids; one kind throughout). A 4,000 x 5 corpus takes about half a second to build.

    Raises:
        UserError: the corpus is empty, or a clip has no reference.
    """

    def __init__(self, references: Sequence[Sequence[Tokens]], order: int = 4, sigma: float = 6.0) -> None:
        if not len(references):
            raise UserError("CIDEr-D needs reference captions for its document frequencies; got an empty corpus")
        empty = next((row for row, captions in enumerate(references) if not len(captions)), None)
        if empty is not None:
            raise UserError(f"CIDEr-D needs at least one reference a clip; clip {empty} (from 0) has none")
        self.order, self.sigma = order, sigma
        self._sizes = np.fromiter((len(captions) for captions in references), np.int64, len(references))
        words, lengths, orders = count_orders((text for captions in references for text in captions), order)
        clip_of = np.repeat(np.arange(len(references)), self._sizes)
        self._bigrams = np.maximum(0, lengths - 1)
        self._log_clips = float(np.log(len(references)))
        self._idf: list[FloatArray] = []
        self._orders: list[_ReferenceRows] = []
        none, known = np.zeros(0, np.int32), []
        for counts in orders:  # one at a time: an order's counts take as much memory as what is made of them
            self._orders.append(self._reference_rows(counts, clip_of))
            known.append(OrderCounts(counts.keys, none, none, none))
        self._table = NgramTable(words, lengths, tuple(known))  # its grams alone

    def __len__(self) -> int:
        """Return the number of clips in the corpus."""
        return len(self._sizes)

    def __call__(self, captions: Sequence[Tokens], clips: Sequence[int] | IntArray) -> FloatArray:
        """Return the CIDEr-D (N,) of N captions against the references of `clips[n]`, an index into the
        corpus.

        A clip may come any number of times: pass the five samples of each of 64 clips as 320 captions.

        Raises:
            UserError: the numbers of captions and clips differ, or a clip is not in the corpus.
        """
        clip = np.asarray(clips, np.int64)
        if len(clip) != len(captions):
            raise UserError(f"CIDEr-D got {len(captions)} captions for {len(clip)} clips; wanted one clip a caption")
        if len(clip) and not 0 <= clip.min() <= clip.max() < len(self):
            raise UserError(f"CIDEr-D knows clips 0 to {len(self) - 1}; got {clip.min()} to {clip.max()}")
        table = NgramTable.build(captions, self.order)
        bigrams = np.maximum(0, table.lengths - 1)
        located = self._table.locate(table)
        total = np.zeros(len(captions))
        for k in range(self.order):
            total += self._similarity(k, table, located[k], clip, bigrams)
        return total / (self.order * self._sizes[clip]) * 10.0

    def _reference_rows(self, counts: OrderCounts, clip_of: IntArray) -> _ReferenceRows:
        width = max(1, len(counts.keys))
        key = clip_of[counts.caption] * width + counts.gram
        order = np.argsort(key, kind="stable")
        key = key[order]
        first = np.r_[True, key[1:] != key[:-1]] if len(key) else np.zeros(0, bool)
        frequency = np.bincount(key[first] % width, minlength=len(counts.keys))
        starts = np.searchsorted(key, np.arange(len(self._sizes) + 1) * width)
        del key, first
        idf = self._log_clips - np.log(np.maximum(1.0, frequency))
        self._idf.append(idf)
        weight = counts.count * idf[counts.gram]
        squares = np.bincount(counts.caption, weights=weight**2, minlength=len(clip_of))
        return _ReferenceRows(starts, counts.gram[order], counts.caption[order], weight[order], np.sqrt(squares))

    def _similarity(
        self, k: int, table: NgramTable, located: IntArray, clip: IntArray, bigrams: IntArray
    ) -> FloatArray:
        """Return per caption the sum over its references of the similarity at order k + 1."""
        rows, counts = self._orders[k], table.orders[k]
        corpus_gram = located[counts.gram]
        known = corpus_gram >= 0
        idf = np.full(len(corpus_gram), self._log_clips)
        idf[known] = self._idf[k][corpus_gram[known]]
        weight = counts.count * idf
        norm = np.sqrt(np.bincount(counts.caption, weights=weight**2, minlength=len(clip)))
        caption, gram, weight = counts.caption[known], corpus_gram[known], weight[known]
        mine, theirs = rows.match(clip[caption], gram, len(self._idf[k]))
        candidate, reference = caption[mine], rows.caption[theirs]
        reference_weight = rows.weight[theirs]
        overlap = np.minimum(weight[mine], reference_weight) * reference_weight
        norms = norm[candidate] * rows.norm[reference]
        distance = (bigrams[candidate] - self._bigrams[reference]).astype(np.float64)
        overlap *= np.exp(-(distance**2) / (2 * self.sigma**2)) / np.where(norms > 0, norms, 1.0)
        return np.bincount(candidate, weights=overlap, minlength=len(clip)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _ReferenceRows:
    """Reference vectors of one order: rows of clip c lie at starts[c]:starts[c + 1], sorted by gram."""

    starts: IntArray
    gram: RowArray
    caption: RowArray
    weight: FloatArray
    norm: FloatArray  # (captions,)

    def match(self, clip: IntArray, gram: IntArray, width: int) -> tuple[IntArray, IntArray]:
        """Return index pairs (into `gram`, into the rows) of equal grams within the same clip."""
        clips, local = np.unique(clip, return_inverse=True)
        begin, sizes = self.starts[clips], self.starts[clips + 1] - self.starts[clips]
        here = _ranges(begin, sizes)  # rows of the clips at hand only: a small, sorted table
        key = np.repeat(np.arange(len(clips)), sizes) * width + self.gram[here]
        wanted = local * width + gram
        low = np.searchsorted(key, wanted, side="left")
        counts = np.searchsorted(key, wanted, side="right") - low
        return np.repeat(np.arange(len(gram)), counts), here[_ranges(low, counts)]


def _ranges(begin: IntArray, sizes: IntArray) -> IntArray:
    """Return the concatenated ranges begin[i] .. begin[i] + sizes[i]."""
    shift = begin - (np.cumsum(sizes) - sizes)
    return np.repeat(shift, sizes) + np.arange(int(sizes.sum()))
