"""SPICE without Java: parse, read tuples, merge, match (Anderson et al., ECCV 2016; range 0 to 1).

Captions are Penn Treebank tokens joined by one blank, lower-cased, without stand-alone punctuation, as
the official tool's wrapper prepares them. The corpus value is the mean of the items.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from aacbench.errors import UserError
from aacbench.metrics.spice.graph import SceneGraph
from aacbench.metrics.spice.parse_cache import TupleCache
from aacbench.metrics.spice.score import KINDS, Scene, f_scores, matches
from aacbench.metrics.spice.tuples import RULES_VERSION, Fact, tuples_of
from aacbench.runtime.chunks import blocks
from aacbench.text.parser.parse import Parse
from aacbench.text.wordnet import load_wordnet

KEPT_SCENES = 2048
"""Merged references that are kept in memory, some 20 kB each: a board's systems and a training run meet them again."""


class Parser(Protocol):
    """Parses tokenised captions; `version` changes whenever a parse may."""

    version: str

    def parse(self, sentences: Sequence[Sequence[str]]) -> list[Parse]:
        """Return one parse per sentence."""
        ...


@dataclass(frozen=True, slots=True)
class SpiceResult:
    """SPICE of N items: the mean, one value per item, and one value per item for each kind of tuple.

    Kinds: object, relation, attribute, color, cardinality, size; NaN where an item's references hold none.
    """

    corpus: float
    items: tuple[float, ...]
    kinds: dict[str, tuple[float, ...]]

    def mean_of(self, kind: str) -> float:
        """Return the mean of a kind over the items where it has a value; NaN if it has none anywhere."""
        values = [value for value in self.kinds[kind] if not math.isnan(value)]
        return sum(values) / len(values) if values else math.nan


@dataclass(frozen=True, slots=True)
class Line:
    """A tuple for display, a concept's merged words joined by `/`, and whether the other side matches it."""

    words: tuple[str, ...]
    matched: bool

    def __str__(self) -> str:
        """Return `object`, `object | attribute` or `subject | predicate | object`."""
        return " | ".join(self.words)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a SPICE value is what it is: the candidate's and the merged references' tuples."""

    score: float
    kinds: dict[str, float]
    candidate: tuple[Line, ...]
    references: tuple[Line, ...]


class Spice:
    """The embedded engine: a parser, a store of tuples, WordNet."""

    def __init__(self, parser: Parser, store: TupleCache | None = None) -> None:
        """Use `parser`, and by default the store in aacbench's cache."""
        self.version = f"{parser.version}+{RULES_VERSION}"
        self._parser = parser
        self._store = TupleCache(self.version) if store is None else store
        self._wordnet = load_wordnet()
        self._scenes: dict[tuple[str, ...], Scene] = {}

    def score(
        self, candidates: Sequence[str], references: Sequence[Sequence[str]], *, keep: bool = True
    ) -> SpiceResult:
        """Return SPICE of each candidate against its references, and the mean.

        `keep=False` leaves the candidates' tuples out of the store (for the many captions of a training run).

        Raises:
            UserError: no items, lengths that differ, or an item without references.
        """
        check(candidates, references)
        parts = [self._block(candidates[some], references[some], keep) for some in blocks(len(candidates))]
        rows = [row for part in parts for row in part]
        items = tuple(total for total, _ in rows)
        kinds = {kind: tuple(values[kind] for _, values in rows) for kind in KINDS}
        return SpiceResult(sum(items) / len(items), items, kinds)

    def _block(
        self, candidates: Sequence[str], references: Sequence[Sequence[str]], keep: bool
    ) -> list[tuple[float, dict[str, float]]]:
        scenes = self._reference_scenes([tuple(group) for group in references])
        facts = self.facts(candidates, keep=keep)
        return [
            f_scores(self.scene([facts[candidate]]), scene) for candidate, scene in zip(candidates, scenes, strict=True)
        ]

    def _reference_scenes(self, groups: Sequence[tuple[str, ...]]) -> list[Scene]:
        """Return the merged references of clips; those of the last ones are kept: many systems meet the same."""
        known = {group: self._scenes[group] for group in groups if group in self._scenes}
        facts = self.facts([reference for group in groups if group not in known for reference in group])
        for group in groups:
            if group not in known:
                known[group] = self.scene([facts[reference] for reference in group])
        self._scenes = dict([*(self._scenes | known).items()][-KEPT_SCENES:])
        return [known[group] for group in groups]

    def explain(self, candidate: str, references: Sequence[str]) -> Explanation:
        """Return both sides' tuples and which of them match."""
        check([candidate], [references])
        facts = self.facts([candidate, *references])
        ours, theirs = self.scene([facts[candidate]]), self.scene([facts[item] for item in references])
        total, kinds = f_scores(ours, theirs)
        return Explanation(total, kinds, lines(ours, theirs), lines(theirs, ours))

    def facts(self, sentences: Sequence[str], *, keep: bool = True) -> dict[str, list[Fact]]:
        """Return the tuples of each sentence, from the store or parsed now."""
        known = self._store.get(sentences)
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in known]
        if new:
            parses = self._parser.parse([sentence.split() for sentence in new])
            parsed = {sentence: tuples_of(parse) for sentence, parse in zip(new, parses, strict=True)}
            if keep:
                self._store.put(parsed)
            known |= parsed
        return known

    def scene(self, captions: Sequence[Sequence[Fact]]) -> Scene:
        """Return the tuples of captions merged into one scene graph."""
        graph = SceneGraph(self._wordnet)
        for facts in captions:
            graph.add(facts)
        return Scene(graph.tuples())


def lines(tuples: Scene, others: Scene) -> tuple[Line, ...]:
    """Return tuples for display, objects first, then attributes and relations."""
    shown = [
        Line(tuple("/".join(sorted(concept.strings)) for concept in item), hit)
        for item, hit in zip(tuples, matches(tuples, others), strict=True)
    ]
    return tuple(sorted(shown, key=lambda line: (len(line.words), line.words)))


def check(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Refuse what cannot be scored."""
    if not candidates:
        raise UserError("SPICE wants at least one candidate; got none")
    if len(candidates) != len(references):
        raise UserError(f"SPICE wants references for each candidate; got {len(candidates)} and {len(references)}")
    empty = [row for row, group in enumerate(references) if not group]
    if empty:
        raise UserError(f"SPICE wants at least one reference per candidate; item {empty[0]} has none")


@cache
def embedded() -> Spice:
    """Return the embedded engine with the parser that the package ships, made once a process."""
    from aacbench.text.parser import load_parser  # noqa: PLC0415

    return Spice(load_parser())


def score(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> SpiceResult:
    """Return SPICE of Penn-tokenised candidates against their references by the embedded engine."""
    return embedded().score(candidates, references)


def explain(candidate: str, references: Sequence[str]) -> Explanation:
    """Return why a candidate has its SPICE, by the embedded engine."""
    return embedded().explain(candidate, references)
