"""What METEOR knows of single words: function words, stems, and which other words share a WordNet synset.

A word's synsets are its own and those of its base forms: the listed ones of an irregular form, else the
first that WordNet's suffix rules lead to and that has synsets. Words of up to two letters and words in -ss
or -ful have no rule.

Source: observed behaviour of METEOR 1.5; suffix rules of WordNet's morph(7WN) page.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aacbench.metrics.meteor.index import Index, Ints

_RULES = (
    ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
    ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ("er", ""), ("est", ""), ("er", "e"), ("est", "e"),
)  # fmt: skip
_SUFFIXES = tuple({suffix for suffix, _ in _RULES})


def encode(words: list[str]) -> npt.NDArray[np.bytes_]:
    """Return words as an array of UTF-8 bytes."""
    return np.array([word.encode("utf-8", "surrogatepass") for word in words] or [b""])[: len(words)]


def gather(starts: Ints, values: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return, of some rows of a flat list of lists, the values and which of the given rows each is from."""
    counts = starts[rows + 1] - starts[rows]
    owners = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
    before = np.cumsum(counts) - counts
    offsets = np.arange(len(owners)) - before[owners]
    return owners, values[starts[rows][owners] + offsets]


def synonyms(words: list[str], places: Ints, index: Index) -> tuple[Ints, Ints]:
    """Return, as a flat list of sorted lists, the numbers of the words that share a synset with each word.

    Args:
        words: distinct words.
        places: where each stands in `index.words`, -1 where absent.
        index: the compiled resources.
    """
    owners, forms = _forms(words, places, index)
    rows, synsets = gather(index.synset_starts, index.synsets, forms)
    owners = owners[rows]
    order = np.lexsort((owners, synsets))
    owners, synsets = owners[order], synsets[order]
    new = np.ones(len(owners), bool)
    new[1:] = (owners[1:] != owners[:-1]) | (synsets[1:] != synsets[:-1])
    owners, synsets = owners[new], synsets[new]
    _, first, counts = np.unique(synsets, return_index=True, return_counts=True)
    group_starts = np.concatenate([first, [len(owners)]]).astype(np.int32)
    groups = np.repeat(np.arange(len(first), dtype=np.int32), counts)
    left, right = gather(group_starts, owners, groups)
    left = owners[left]
    pairs = np.unique(left[left != right].astype(np.int64) * len(words) + right[left != right])
    starts = np.searchsorted(pairs, np.arange(len(words) + 1, dtype=np.int64) * len(words)).astype(np.int32)
    return starts, (pairs % max(len(words), 1)).astype(np.int32)


def _forms(words: list[str], word_ids: Ints, index: Index) -> tuple[Ints, Ints]:
    """Return (word number, place in the index) for each word itself and for each of its base forms."""
    known = np.flatnonzero(word_ids >= 0).astype(np.int32)
    irregular = known[index.irregular[word_ids[known]]]
    rows, bases = gather(index.base_starts, index.bases, word_ids[irregular])
    regular = set(range(len(words))) - set(irregular.tolist())
    owners, base_ids = _rule_bases([(number, words[number]) for number in sorted(regular)], index)
    return (
        np.concatenate([known, irregular[rows], owners]),
        np.concatenate([word_ids[known], bases, base_ids]),
    )


def _rule_bases(words: list[tuple[int, str]], index: Index) -> tuple[Ints, Ints]:
    """Return (word number, place in the index) for the first base form with synsets that a rule leads to."""
    owners: list[int] = []
    candidates: list[str] = []
    for number, word in words:
        if len(word) > 2 and word.endswith(_SUFFIXES) and not word.endswith("ss"):
            bases = [word[: -len(suffix)] + end for suffix, end in _RULES if word.endswith(suffix)]
            owners += [number] * len(bases)
            candidates += bases
    word_ids = index.find(encode(candidates))
    valid = np.flatnonzero(word_ids >= 0)
    valid = valid[index.synset_starts[word_ids[valid] + 1] > index.synset_starts[word_ids[valid]]]
    numbers, first = np.unique(np.array(owners, np.int32)[valid], return_index=True)
    return numbers, word_ids[valid[first]]
