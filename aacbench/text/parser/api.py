"""The caption parser as the rest of the package uses it: tokens in, `Parse` out, numpy only.

A sentence of more than `LONGEST` tokens, which no caption is, is parsed in pieces of that length whose roots hang on
the first one's: the tree search takes the cube of the tokens.

Files in `data/`: `weights.safetensors` (half precision, and the codes of the word pairs) and `tables.json`
(words, affixes, tags, relations, irregular lemmas). Both are written by `scripts/train_spice_parser.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load
from threadpoolctl import ThreadpoolController

from aacbench.runtime.cores import available
from aacbench.text.parser.features import Vocabulary
from aacbench.text.parser.lemmas import Lemmatiser
from aacbench.text.parser.network import Network
from aacbench.text.parser.parse import Parse, joined
from aacbench.text.parser.trees import best_trees

CODE_VERSION = 2  # raised when the same weights would give other parses
WEIGHTS, TABLES = "weights.safetensors", "tables.json"
LONGEST = 200  # tokens that are parsed in one piece
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
        pieces = [[sentence[i : i + LONGEST] for i in range(0, len(sentence) or 1, LONGEST)] for sentence in sentences]
        flat = [piece for some in pieces for piece in some]
        parses: list[Parse] = []
        with _blas().limit(limits=1, user_api="blas"):
            for start in range(0, len(flat), _SLAB):
                parses += self._parse_slab(flat[start : start + _SLAB])
        parts = iter(parses)
        return [joined([next(parts) for _ in some]) for some in pieces]

    def _parse_slab(self, sentences: Sequence[Sentence]) -> list[Parse]:
        types: dict[str, int] = {}
        rows = [[types.setdefault(word, len(types)) for word in sentence] for sentence in sentences]
        words, affixes = self.vocabulary.describe_types(list(types))
        prepared = self.network.prepare(words, affixes)

        def analyse(positions: list[int]) -> list[Parse]:
            ids = np.array([rows[position] for position in positions], np.int64)
            scores = self.network.score(prepared, ids, self.vocabulary.pair_ids(words[ids]))
            heads = best_trees(scores.arcs)
            columns = (scores.tags.tolist(), heads.tolist(), self.network.relations(scores, heads).tolist())
            return [self._parse(sentences[position], *row) for position, *row in zip(positions, *columns, strict=True)]

        batches = _batches(rows)
        if (count := available()) > 1 and sum(map(len, rows)) > 2 * _BATCH_TOKENS:
            with ThreadPoolExecutor(count) as threads:
                results = list(threads.map(analyse, batches))
        else:
            results = list(map(analyse, batches))
        parses = [Parse((), (), (), (), ())] * len(sentences)
        for positions, result in zip(batches, results, strict=True):
            for position, parse in zip(positions, result, strict=True):
                parses[position] = parse
        return parses

    def _parse(self, sentence: Sentence, tags: list[int], heads: list[int], relations: list[int]) -> Parse:
        named = tuple(map(self.vocabulary.tags.__getitem__, tags))
        return Parse(
            words=tuple(sentence),
            tags=named,
            lemmas=self.lemmatiser.lemmas(sentence, named),
            heads=tuple(heads),
            relations=tuple(map(self.vocabulary.relations.__getitem__, relations)),
        )


def _batches(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Places of the sentences with words, those of one length together, in pieces of bounded size."""
    by_length = defaultdict(list)
    for position, row in enumerate(rows):
        by_length[len(row)].append(position)
    by_length.pop(0, None)
    pieces = []
    for length, positions in by_length.items():
        size = max(1, _BATCH_TOKENS // length)
        pieces += [positions[start : start + size] for start in range(0, len(positions), size)]
    return pieces


@cache
def _blas() -> ThreadpoolController:
    """The BLAS libraries' thread counts: their own threads spin on products as small as these."""
    return ThreadpoolController()


@cache
def load_parser() -> Parser:
    """The parser shipped with the package, read once a process."""
    return Parser(Path(__file__).parent / "data")
