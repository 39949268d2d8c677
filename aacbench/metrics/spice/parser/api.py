"""The caption parser as the rest of the package uses it: tokens in, `Parse` out, numpy only.

Files in `data/`: `weights.safetensors` (half precision, and the codes of the word pairs) and `tables.json`
(words, affixes, tags, relations, irregular lemmas). Both are written by `scripts/train_spice_parser.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from aacbench.metrics.spice.parse import Parse
from aacbench.metrics.spice.parser.features import Ids, Vocabulary
from aacbench.metrics.spice.parser.lemmas import Lemmatiser
from aacbench.metrics.spice.parser.network import Floats, Network
from aacbench.metrics.spice.parser.trees import best_trees

CODE_VERSION = 1  # raised when the same weights would give other parses
WEIGHTS, TABLES = "weights.safetensors", "tables.json"
_SLAB = 4096  # sentences whose distinct words are looked up together
_BATCH_TOKENS = 3072  # bounds memory, and keeps a batch's gates in the processor's cache

Sentence = Sequence[str]


class Parser:
    """Parses of captions; `version` names weights and code, and so serves as a key of stored parses."""

    def __init__(self, folder: Path) -> None:
        weights, tables = (folder / WEIGHTS).read_bytes(), (folder / TABLES).read_bytes()
        digest = hashlib.sha256(weights + tables).hexdigest()[:16]
        self.version = f"{digest}.{CODE_VERSION}"
        arrays, strings = load(weights), json.loads(tables)
        self.vocabulary = Vocabulary.from_json(strings, arrays.pop("pair_codes").astype(np.int64))
        self.network = Network({name: array.astype(np.float32) for name, array in arrays.items()})
        self.lemmatiser = Lemmatiser(strings["lemmas"])

    def parse(self, sentences: Sequence[Sentence]) -> list[Parse]:
        """Parses, in order, of sentences: lower-cased Penn tokens without punctuation, any number, also none.

        A parse does not depend on the sentences parsed with it, but for rounding where two analyses tie.
        """
        parses: list[Parse] = []
        for start in range(0, len(sentences), _SLAB):
            parses += self._parse_slab(sentences[start : start + _SLAB])
        return parses

    def _parse_slab(self, sentences: Sequence[Sentence]) -> list[Parse]:
        types: dict[str, int] = {}
        by_length = defaultdict(list)
        for index, sentence in enumerate(sentences):
            row = [types.setdefault(word, len(types)) for word in sentence]
            by_length[len(row)].append((index, row))
        parses = [Parse((), (), (), (), ())] * len(sentences)
        words, affixes = self.vocabulary.describe_types(list(types))
        prepared = self.network.prepare(words, affixes)
        for length, members in by_length.items():
            size = max(1, _BATCH_TOKENS // max(1, length))
            for start in range(0, len(members) if length else 0, size):
                places, rows = zip(*members[start : start + size], strict=True)
                found = self._analyse(prepared, words, np.array(rows, np.int64))
                for place, (tags, heads, relations) in zip(places, found, strict=True):
                    parses[place] = self._parse(sentences[place], tags, heads, relations)
        return parses

    def _analyse(self, prepared: Floats, words: Ids, types: Ids) -> Iterator[tuple[list[int], ...]]:
        """Tag ids, heads and relation ids of sentences of one length, types (B, n)."""
        scores = self.network.score(prepared, types, self.vocabulary.pair_ids(words[types]))
        heads = best_trees(scores.arcs)
        relations = self.network.relations(scores, heads)
        return zip(scores.tags.tolist(), heads.tolist(), relations.tolist(), strict=True)

    def _parse(self, sentence: Sentence, tags: list[int], heads: list[int], relations: list[int]) -> Parse:
        tag_names, relation_names = self.vocabulary.tags, self.vocabulary.relations
        named = tuple(tag_names[tag] for tag in tags)
        return Parse(
            words=tuple(sentence),
            tags=named,
            lemmas=self.lemmatiser.lemmas(sentence, named),
            heads=tuple(heads),
            relations=tuple(relation_names[relation] for relation in relations),
        )


@cache
def load_parser() -> Parser:
    """The parser shipped with the package, read once a process."""
    return Parser(Path(__file__).parent / "data")
