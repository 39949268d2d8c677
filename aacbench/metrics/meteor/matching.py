"""Every way in which words of a candidate can match words of a reference, in the order METEOR finds them.

Four modules: exact words, equal stems of different words, a shared WordNet synset of different words, and
the paraphrase table looked up from the reference's side and then from the candidate's. A match found by
several of them is listed as often. Words are compared by a 32-bit hash of their letters, so a few odd pairs
count as equal. If candidate and reference are equal word for word, only the exact module runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from aacbench.metrics.meteor.corpus import Corpus

EXACT, STEM, SYNONYM, PARAPHRASE = range(4)
MODULES = ("exact", "stem", "synonym", "paraphrase")


class Match(NamedTuple):
    """A run of reference words matched with a run of candidate words; positions count words from 0."""

    reference: int
    reference_words: int
    candidate: int
    candidate_words: int
    module: int


class Matcher:
    """Finds matches between captions of a corpus."""

    def __init__(self, corpus: Corpus) -> None:
        """Unpack the corpus's arrays into Python's own lists, which are quicker to read one by one."""
        rows = [
            np.split(corpus.tokens, corpus.token_starts[1:-1]),
            np.split(corpus.synonyms, corpus.synonym_starts[1:-1]),
        ]
        self.captions: list[list[int]] = [row.tolist() for row in rows[0]]
        self._spellings: list[int] = corpus.spellings.tolist()
        self._stems: list[int] = corpus.stems.tolist()
        self._synonyms = [set(row.tolist()) for row in rows[1]]
        self._occurrences: list[list[list[int]]] = [
            corpus.occurrences[start:stop].tolist() for start, stop in pairwise(corpus.occurrence_starts)
        ]
        self._paraphrases: list[list[int]] = [
            corpus.paraphrases[start:stop].tolist() for start, stop in pairwise(corpus.paraphrase_starts)
        ]

    def matches(self, candidate: int, reference: int) -> list[list[Match]]:
        """Return the matches that start at each word of the reference."""
        theirs, ours = self.captions[candidate], self.captions[reference]
        starting: list[list[Match]] = [[] for _ in ours]
        for module in (EXACT,) if theirs == ours else (EXACT, STEM, SYNONYM):
            for index, word in enumerate(ours):
                starting[index] += [
                    Match(index, 1, other_place, 1, module)
                    for other_place, other in enumerate(theirs)
                    if self._alike(word, other, module)
                ]
        if theirs != ours:
            for start, words, other, other_words in self._phrase_pairs(reference, candidate):
                starting[start].append(Match(start, words, other, other_words, PARAPHRASE))
            for start, words, other, other_words in self._phrase_pairs(candidate, reference):
                starting[other].append(Match(other, other_words, start, words, PARAPHRASE))
        return starting

    def _alike(self, word: int, other: int, module: int) -> bool:
        same = self._spellings[word] == self._spellings[other]
        if module == EXACT or same:
            return module == EXACT and same
        if module == STEM:
            return self._stems[word] == self._stems[other]
        return other in self._synonyms[word]

    def _phrase_pairs(self, source: int, target: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield (start, words, start, words) of each phrase of a caption and its paraphrase in the other."""
        spans: dict[int, list[tuple[int, int]]] = {}
        for start, words, phrase in self._occurrences[target]:
            spans.setdefault(phrase, []).append((start, words))
        for start, words, phrase in self._occurrences[source]:
            for paraphrase in self._paraphrases[phrase]:
                for other, other_words in spans.get(paraphrase, ()):
                    yield start, words, other, other_words
