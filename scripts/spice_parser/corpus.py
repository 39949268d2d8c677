"""Parsed captions read from JSON lines, and turned into arrays of equal sentence length.

A line holds `tok` = [word, tag, lemma, ...] a token and `basic` = [head, dependent, relation] an edge;
indices count from 1, 0 is the root.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from aacbench.text.parser.features import Vocabulary, affixes


@dataclass(frozen=True, slots=True)
class Sentence:
    """One parsed caption; `heads` count from 1, 0 is the root."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lemmas: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]


def is_tree(heads: Sequence[int]) -> bool:
    """Whether every token reaches 0, with exactly one token directly under it."""
    if sum(head == 0 for head in heads) != 1:
        return False
    for start in range(1, len(heads) + 1):
        node, steps = start, 0
        while node and steps <= len(heads):
            node, steps = heads[node - 1], steps + 1
        if node:
            return False
    return True


def read(path: Path) -> Iterator[Sentence]:
    """The file's sentences that are trees; the few others (a token without a head) are left out."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            edges = {dependent: (head, relation) for head, dependent, relation in row["basic"]}
            size = len(row["tok"])
            if len(row["basic"]) != size or set(edges) != set(range(1, size + 1)):
                continue
            heads = tuple(edges[i][0] for i in range(1, size + 1))
            if is_tree(heads):
                columns = list(zip(*row["tok"], strict=True))
                relations = tuple(edges[i][1] for i in range(1, size + 1))
                yield Sentence(columns[0], columns[1], columns[2], heads, relations)


def key_of(text: str) -> str:
    """Letters and digits of a caption, the same before and after tokenisation."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def caption_keys(paths: Iterable[Path]) -> set[str]:
    """Keys of every cell of CSV tables, captions among them."""
    keys = set()
    for path in paths:
        with path.open(encoding="utf-8", newline="") as table:
            keys |= {key_of(cell) for row in csv.reader(table) for cell in row}
    return keys


def build_vocabulary(sentences: Sequence[Sentence], word_count: int, affix_types: int, pair_count: int) -> Vocabulary:
    """Words, affixes and pairs seen at least that often (affixes: in that many distinct words)."""
    counts = Counter(word for sentence in sentences for word in sentence.words)
    parts = Counter(affix for word in counts for affix in affixes(word) if affix)
    words = ["<unknown>", "<edge>", *sorted(w for w, count in counts.items() if count >= word_count)]
    ids = {word: index for index, word in enumerate(words)}
    pairs: Counter[int] = Counter()
    for sentence in sentences:
        row = [1, *(ids.get(word, 0) for word in sentence.words), 1]
        pairs.update(a * len(words) + b for a, b in pairwise(row) if a and b)
    return Vocabulary(
        words=words,
        affixes=["", *sorted(a for a, count in parts.items() if count >= affix_types)],
        tags=sorted({tag for sentence in sentences for tag in sentence.tags}),
        relations=sorted({relation for sentence in sentences for relation in sentence.relations}),
        pairs=np.array(sorted(p for p, count in pairs.items() if count >= pair_count), np.int64),
    )


@dataclass(frozen=True, slots=True)
class Block:
    """All sentences of one length n: types, tags, relations, heads are (N, n), pairs (N, n + 1)."""

    types: torch.Tensor
    pairs: torch.Tensor
    tags: torch.Tensor
    heads: torch.Tensor
    relations: torch.Tensor

    def take(self, rows: torch.Tensor) -> Block:
        """Some of the block's sentences."""
        return Block(self.types[rows], self.pairs[rows], self.tags[rows], self.heads[rows], self.relations[rows])


@dataclass(frozen=True, slots=True)
class Corpus:
    """Blocks by sentence length, with what the vocabulary says of every word type in them."""

    vocabulary: Vocabulary
    types: dict[str, int]
    type_words: torch.Tensor  # (T,)
    type_affixes: torch.Tensor  # (T, AFFIXES_PER_WORD)
    type_counts: torch.Tensor  # (T,), how often a type occurs
    blocks: dict[int, Block]


def build_corpus(sentences: Sequence[Sentence], vocabulary: Vocabulary) -> Corpus:
    """Arrays of the sentences; types are numbered in order of appearance."""
    counts = Counter(word for sentence in sentences for word in sentence.words)
    types = {word: index for index, word in enumerate(counts)}
    words, parts = vocabulary.describe_types(list(types))
    return Corpus(
        vocabulary,
        types,
        torch.from_numpy(words),
        torch.from_numpy(parts),
        torch.tensor(list(counts.values())),
        arrange(sentences, types, words, vocabulary),
    )


def arrange(
    sentences: Iterable[Sentence], types: dict[str, int], words: npt.NDArray[np.int64], vocabulary: Vocabulary
) -> dict[int, Block]:
    """Blocks of sentences whose words are all among the types; `words` (T,) are the types' word ids."""
    tag_ids = {tag: i for i, tag in enumerate(vocabulary.tags)}
    relation_ids = {relation: i for i, relation in enumerate(vocabulary.relations)}
    rows: dict[int, list[list[list[int]]]] = defaultdict(list)
    for s in sentences:
        columns = [
            [types[word] for word in s.words],
            [tag_ids[tag] for tag in s.tags],
            list(s.heads),
            [relation_ids[relation] for relation in s.relations],
        ]
        rows[len(s.words)].append(columns)
    blocks = {}
    for length, group in sorted(rows.items()):
        table = np.array(group, np.int64)  # (N, 4, n)
        pairs = torch.from_numpy(vocabulary.pair_ids(words[table[:, 0]]))
        ids, tags, heads, relations = (torch.from_numpy(table[:, i].copy()) for i in range(4))
        blocks[length] = Block(ids, pairs, tags, heads, relations)
    return blocks


def choose(blocks: dict[int, Block], sentences: Sequence[Sentence], keys: set[str]) -> dict[int, Block]:
    """Those sentences whose `key_of` is among the keys; the blocks were built from `sentences`."""
    flags: dict[int, list[bool]] = defaultdict(list)
    for sentence in sentences:
        flags[len(sentence.words)].append(key_of("".join(sentence.words)) in keys)
    chosen = {length: torch.nonzero(torch.tensor(marks)).squeeze(1) for length, marks in flags.items()}
    return {length: blocks[length].take(rows) for length, rows in chosen.items() if len(rows)}
