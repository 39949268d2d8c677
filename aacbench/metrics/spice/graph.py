"""Scene graphs: objects with attributes, relations between objects, concepts merged by synonyms.

A concept is a set of strings and the union of their WordNet synset ids (all parts of speech, base forms
too). Nodes grow: a string that shares a synset with a node widens that node, so merging is greedy and
transitive, and the order of insertion matters. This is what SPICE does (Anderson et al., ECCV 2016,
section 3.2, and its tool).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aacbench.metrics.spice.tuples import Fact
from aacbench.text.wordnet import WordNet


class Concept:
    """A set of strings that are taken to mean the same, with the synset ids of all of them."""

    __slots__ = ("ids", "strings")

    def __init__(self, string: str, ids: frozenset[int]) -> None:
        """Start from one string."""
        self.strings = {string}
        self.ids = ids

    def similar(self, other: Concept) -> bool:
        """Tell whether the two share a string or a synset."""
        return not (self.strings.isdisjoint(other.strings) and self.ids.isdisjoint(other.ids))

    def overlap(self, other: Concept) -> float:
        """Return the Jaccard index of the synsets."""
        if self.ids.isdisjoint(other.ids):
            return 0.0
        return len(self.ids & other.ids) / len(self.ids | other.ids)

    def absorb(self, other: Concept) -> None:
        """Take over the other's strings and synsets."""
        self.strings |= other.strings
        self.ids |= other.ids


class SceneGraph:
    """Objects, their attributes and relations; tuples are added one after another."""

    def __init__(self, wordnet: WordNet) -> None:
        """Start empty."""
        self._wordnet = wordnet
        self._nodes: dict[Concept, list[Concept]] = {}  # with their attributes
        self._by_string: dict[str, Concept] = {}
        self._relations: dict[tuple[Concept, Concept], list[Concept]] = {}

    def add(self, facts: Iterable[Fact]) -> None:
        """Add a caption's tuples in their order."""
        for fact in facts:
            if len(fact) == 1:
                self._node(fact[0])
            elif len(fact) == 2:
                merge(self._nodes[self._node(fact[0])], self._concept(fact[1]))
            else:
                subject, predicate, target = fact
                ends = self._node(subject), self._node(target)
                merge(self._relations.setdefault(ends, []), self._concept(predicate.removeprefix("be ")))

    def tuples(self) -> Iterator[tuple[Concept, ...]]:
        """Yield one tuple per object, per attribute and per relation (subject, predicate, object)."""
        for node, attributes in self._nodes.items():
            yield (node,)
            yield from ((node, attribute) for attribute in attributes)
        for (subject, target), predicates in self._relations.items():
            yield from ((subject, predicate, target) for predicate in predicates)

    def _concept(self, string: str) -> Concept:
        return Concept(string, self._wordnet.ids(string.lower().replace(" ", "_")))

    def _node(self, string: str) -> Concept:
        """Return the node of `string`, else the most similar one, widened by it, else a new one."""
        known = self._by_string.get(string)
        if known is not None:
            return known
        concept = self._concept(string)
        best, most = concept, 0.0
        for node in self._nodes:
            overlap = node.overlap(concept)
            if overlap > most:
                best, most = node, overlap
        if best is concept:
            self._nodes[concept] = []
        else:
            best.absorb(concept)
        self._by_string[string] = best
        return best


def merge(concepts: list[Concept], new: Concept) -> None:
    """Widen the first concept similar to `new`, or append `new`."""
    for concept in concepts:
        if concept.similar(new):
            concept.absorb(new)
            return
    concepts.append(new)
