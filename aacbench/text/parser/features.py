"""What the parser's network sees of a sentence: ids of words, of their affixes, and of word pairs.

Words the vocabulary does not hold share one id and differ only in their affixes. A pair is two neighbouring
words, the sentence's edges counting as words, so a sentence of n words has n + 1 pairs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]

UNKNOWN = 0  # word, affix or pair not in the vocabulary
EDGE = 1  # word id of a sentence's edges
SUFFIX_LENGTHS = (1, 2, 3, 4)
PREFIX_LENGTHS = (1, 2, 3)
AFFIXES_PER_WORD = len(SUFFIX_LENGTHS) + len(PREFIX_LENGTHS)
_DIGIT = re.compile(r"[0-9]")


def affixes(word: str) -> list[str]:
    """`AFFIXES_PER_WORD` strings of a word: "-g", "-ng", ... and "b-", "ba-", ...; digits all read as 0."""
    shape = _DIGIT.sub("0", word)
    suffixes = ["-" + shape[-size:] if len(shape) > size else "" for size in SUFFIX_LENGTHS]
    return suffixes + [shape[:size] + "-" if len(shape) > size else "" for size in PREFIX_LENGTHS]


@dataclass(frozen=True)
class Vocabulary:
    """The strings behind every id; position 0 of `words` and `affixes` is the unknown, 1 of `words` the edge.

    `pairs` holds sorted codes `left id * len(words) + right id`; the id of a pair is its position + 1.
    """

    words: Sequence[str]
    affixes: Sequence[str]
    tags: Sequence[str]
    relations: Sequence[str]
    pairs: Ids = field(repr=False)

    @cached_property
    def _word_ids(self) -> Mapping[str, int]:
        return {word: index for index, word in enumerate(self.words) if index > EDGE}

    @cached_property
    def _affix_ids(self) -> Mapping[str, int]:
        return {affix: index for index, affix in enumerate(self.affixes) if index > UNKNOWN}

    def describe_types(self, types: Sequence[str]) -> tuple[Ids, Ids]:
        """Word ids (T,) and affix ids (T, AFFIXES_PER_WORD) of T distinct words."""
        read = [self._as_read(word) for word in types]
        words = np.fromiter((self._word_ids.get(word, UNKNOWN) for word in read), np.int64, len(read))
        known = self._affix_ids
        flat = [known.get(affix, UNKNOWN) for word in read for affix in affixes(word)]
        return words, np.array(flat, np.int64).reshape(len(read), AFFIXES_PER_WORD)

    def _as_read(self, word: str) -> str:
        """An unknown hyphenated word is read as its last part, which is what it is a kind of."""
        return word if word in self._word_ids else word.rpartition("-")[2] or word

    def pair_ids(self, words: Ids) -> Ids:
        """Pair ids (B, n + 1) of word ids (B, n)."""
        padded = np.pad(words, ((0, 0), (1, 1)), constant_values=EDGE)
        left, right = padded[:, :-1], padded[:, 1:]
        codes = left * len(self.words) + right
        indices = np.minimum(np.searchsorted(self.pairs, codes), max(len(self.pairs) - 1, 0))
        known = (self.pairs[indices] == codes) if len(self.pairs) else np.zeros(codes.shape, bool)
        return np.where(known, indices + 1, UNKNOWN).astype(np.int64)

    def to_json(self) -> dict[str, list[str]]:
        """Everything but the pairs, which are shipped as numbers."""
        return {
            "words": list(self.words),
            "affixes": list(self.affixes),
            "tags": list(self.tags),
            "relations": list(self.relations),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any], pairs: Ids) -> Vocabulary:
        """The inverse of `to_json`, with the pairs given apart."""
        return cls(record["words"], record["affixes"], record["tags"], record["relations"], pairs)
