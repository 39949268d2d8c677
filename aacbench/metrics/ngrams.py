"""N-grams of many captions as integer arrays, shared by BLEU and CIDEr-D.

A caption is a string of tokens, split at white space, or a sequence of integer token ids. Within one
`NgramTable` the distinct n-grams of order k (1 = words) are numbered 0..U_k-1, and each caption is a set of
(gram, count) rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
RowArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]
Tokens = str | Sequence[int] | IntArray


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """Distinct n-grams of one order: E rows sorted by caption, then by gram.

    `keys` (U,) are the sorted codes of the grams, previous gram x words + last word; row e says that
    `gram[e]` is found `count[e]` times in caption `caption[e]`. The rows are 32-bit numbers, for there are many.
    """

    keys: IntArray
    caption: RowArray
    gram: RowArray
    count: RowArray


@dataclass(frozen=True, slots=True)
class NgramTable:
    """N-grams of M captions: the number of every word, the captions' lengths (M,) in words, and counts by
    order.
    """

    words: dict[Hashable, int]
    lengths: IntArray
    orders: tuple[OrderCounts, ...]

    @classmethod
    def build(cls, captions: Iterable[Tokens], order: int = 4) -> NgramTable:
        """Count the n-grams of orders 1..`order` in `captions`."""
        words, lengths, orders = count_orders(captions, order)
        return cls(words, lengths, tuple(orders))

    def locate(self, other: NgramTable) -> list[IntArray]:
        """Return, by order, this table's number of each of the other table's grams; -1 where it is not
        here.
        """
        word_of = np.fromiter((self.words.get(word, -1) for word in other.words), np.int64, len(other.words))
        width, other_width = max(1, len(self.words)), max(1, len(other.words))
        located = [word_of]
        for mine, theirs in zip(self.orders[1:], other.orders[1:], strict=False):
            previous = located[-1][theirs.keys // other_width]
            last = word_of[theirs.keys % other_width]
            located.append(_lookup(mine.keys, np.where((previous < 0) | (last < 0), -1, previous * width + last)))
        return located


def count_orders(captions: Iterable[Tokens], order: int) -> tuple[dict[Hashable, int], IntArray, Iterator[OrderCounts]]:
    """Return what an `NgramTable` is made of, the orders one by one as they are asked for."""
    words: dict[Hashable, int] = {}
    numbers, lengths = array("i"), array("i")
    for caption in captions:
        split = split_tokens(caption)
        lengths.append(len(split))
        numbers.extend([words.setdefault(word, len(words)) for word in split])
    sizes = np.array(lengths, np.int64)
    return words, sizes, _counted(np.array(numbers, np.int32), sizes, max(1, len(words)), order)


def split_tokens(caption: Tokens) -> Sequence[Hashable]:
    """Return a caption's tokens: a string split at white space, an array of ids as a list."""
    if isinstance(caption, str):
        return caption.split()
    return caption.tolist() if isinstance(caption, np.ndarray) else caption


def _lookup(keys: IntArray, wanted: IntArray) -> IntArray:
    """Return the positions of `wanted` in the sorted `keys`, -1 where absent."""
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    positions = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[positions] == wanted, positions, -1)


def _counted(tokens: RowArray, lengths: IntArray, width: int, order: int) -> Iterator[OrderCounts]:
    caption = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)  # (tokens,)
    ends = np.cumsum(lengths, dtype=np.int64).astype(np.int32)
    remaining = np.repeat(ends, lengths) - np.arange(len(tokens), dtype=np.int32)  # to the caption's end, this included
    gram = tokens
    yield _count(np.arange(width if len(tokens) else 0), caption, gram)
    start = np.arange(len(tokens), dtype=np.int32)  # of the n-grams in `gram`
    for k in range(2, order + 1):
        whole = remaining[start] >= k
        start, gram = start[whole], gram[whole]
        keys, inverse = np.unique(gram.astype(np.int64) * width + tokens[start + (k - 1)], return_inverse=True)
        gram = inverse.astype(np.int32)
        del inverse
        yield _count(keys, caption[start], gram)


def _count(keys: IntArray, caption: RowArray, gram: RowArray) -> OrderCounts:
    width = max(1, len(keys))
    pairs, count = np.unique(caption.astype(np.int64) * width + gram, return_counts=True)
    rows = (pairs // width, pairs % width, count)
    return OrderCounts(keys, *(column.astype(np.int32) for column in rows))
