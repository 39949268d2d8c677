"""All that METEOR's matchers need to know of a set of captions, as flat integer arrays.

Captions, words and phrases are numbered within the set. A phrase is a run of words that is in the
paraphrase table and has a partner there that occurs in the set too; all others can never match and are left
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from aacbench.metrics.meteor.index import Index, Ints
from aacbench.metrics.meteor.lexicon import encode, gather, synonyms
from aacbench.metrics.meteor.stem import stem


@dataclass(frozen=True)
class Corpus:
    """A set of captions. Lists of lists are flat: row i is `values[starts[i]:starts[i + 1]]`."""

    words: list[str]
    token_starts: Ints  # (captions + 1,)
    tokens: Ints  # word numbers
    spellings: Ints  # (words,), equal where METEOR takes words for the same
    stems: Ints  # (words,), equal where METEOR takes the words' stems for the same
    function: npt.NDArray[np.bool_]  # (words,), whether it is a function word
    synonym_starts: Ints  # (words + 1,)
    synonyms: Ints  # sorted numbers of the words with a synset in common
    occurrence_starts: Ints  # (captions + 1,)
    occurrences: Ints  # (occurrences, 3): first word's position, words, phrase; by position, then length
    paraphrase_starts: Ints  # (phrases + 1,)
    paraphrases: Ints  # phrase numbers, in the table's order


def prepare(captions: list[list[str]], index: Index) -> Corpus:
    """Number the words and phrases of captions (lists of words) and look up what is known of them."""
    numbers: dict[str, int] = {}
    tokens = np.array([numbers.setdefault(word, len(numbers)) for caption in captions for word in caption], np.int32)
    token_starts = np.concatenate([[0], np.cumsum([len(caption) for caption in captions])]).astype(np.int32)
    words = list(numbers)
    word_ids = index.find(encode(words))
    synonym_starts, neighbours = synonyms(words, word_ids, index)
    occurrence_starts, occurrences, paraphrase_starts, paraphrases = _phrases(tokens, token_starts, word_ids, index)
    return Corpus(
        words=words,
        token_starts=token_starts,
        tokens=tokens,
        spellings=np.array([spelling_hash(word) for word in words], np.int64).astype(np.int32),
        stems=np.array([spelling_hash(stem(word)) for word in words], np.int64).astype(np.int32),
        function=np.array([word in index.function_words for word in words], bool),
        synonym_starts=synonym_starts,
        synonyms=neighbours,
        occurrence_starts=occurrence_starts,
        occurrences=occurrences,
        paraphrase_starts=paraphrase_starts,
        paraphrases=paraphrases,
    )


@lru_cache(maxsize=65536)
def spelling_hash(word: str) -> int:
    """Return the 32-bit hash by which METEOR compares words: some pairs, such as `mall` and `man.`, share it.

    It is the sum of the word's UTF-16 units times falling powers of 31 (Java's string hash).
    """
    value = 0
    for unit in memoryview(word.encode("utf-16-le", "surrogatepass")).cast("H"):
        value = (31 * value + unit) & 0xFFFFFFFF
    return value


def _phrases(tokens: Ints, token_starts: Ints, word_ids: Ints, index: Index) -> tuple[Ints, Ints, Ints, Ints]:
    """Find the phrases of all captions and the table's pairs among them."""
    phrase_words = np.where(word_ids >= 0, index.phrase_words[word_ids], np.int32(-1))[tokens]
    ends = np.repeat(token_starts[1:], np.diff(token_starts))
    positions, lengths, nodes = _walk(phrase_words, ends, index)
    used = np.unique(nodes)
    number = np.full(int(index.levels[-1]), -1, np.int32)
    number[used] = np.arange(len(used), dtype=np.int32)
    rows = np.searchsorted(index.sources, used).astype(np.int32)
    np.minimum(rows, len(index.sources) - 1, out=rows)
    sources = np.flatnonzero(index.sources[rows] == used).astype(np.int32)
    owners, targets = gather(index.starts, index.pairs, rows[sources])
    owners, targets = sources[owners], number[targets]
    owners, targets = owners[targets >= 0], targets[targets >= 0]
    wanted = np.zeros(len(used), bool)
    wanted[owners] = wanted[targets] = True
    renumber = (np.cumsum(wanted) - 1).astype(np.int32)
    kept = wanted[number[nodes]]
    positions, lengths, phrases = positions[kept], lengths[kept], renumber[number[nodes[kept]]]
    order = np.argsort(positions, kind="stable")  # phrases come level by level, so lengths ascend
    positions = positions[order]
    captions = np.searchsorted(token_starts, positions, side="right") - 1
    occurrences = np.stack([positions - token_starts[captions], lengths[order], phrases[order]], axis=1)
    occurrence_starts = np.searchsorted(positions, token_starts).astype(np.int32)
    bounds = np.searchsorted(renumber[owners], np.arange(int(wanted.sum()) + 1)).astype(np.int32)
    return occurrence_starts, np.ascontiguousarray(occurrences, np.int32), bounds, renumber[targets]


def _walk(phrase_words: Ints, ends: Ints, index: Index) -> tuple[Ints, Ints, Ints]:
    """Walk the phrase trie from every position; return (position, words, node) of every node reached."""
    positions = np.flatnonzero(phrase_words >= 0).astype(np.int32)
    parents = np.zeros(len(positions), np.uint64)
    reached: list[tuple[Ints, Ints, Ints]] = []
    for level in range(len(index.levels) - 1):
        keys = parents * np.uint64(index.phrase_word_count) + phrase_words[positions + level].astype(np.uint64)
        unique, inverse = np.unique(keys, return_inverse=True)  # sorted queries keep to the cache
        start, stop = index.levels[level : level + 2]
        rows = np.searchsorted(index.keys[start:stop], unique)
        hits = index.keys[start + np.minimum(rows, stop - start - 1)] == unique
        nodes = np.where(hits, rows + start, -1)[inverse]
        positions, nodes = positions[nodes >= 0], nodes[nodes >= 0].astype(np.int32)
        reached.append((positions, np.full(len(positions), level + 1, np.int32), nodes))
        onward = positions + level + 1 < ends[positions]
        positions, parents = positions[onward], nodes[onward].astype(np.uint64)
        onward = phrase_words[positions + level + 1] >= 0
        positions, parents = positions[onward], parents[onward]
    columns = [np.concatenate(column) for column in zip(*reached, strict=True)]
    return columns[0], columns[1], columns[2]
