"""Scene graphs: objects with attributes, relations between objects, concepts merged by synonyms.

A concept is a set of strings and the union of their WordNet synset ids (all parts of speech, base forms too). Nodes
grow: adding a string that shares a synset with a node widens that node, so merging is greedy and transitive, and
the order of insertion matters. This is what SPICE does (Anderson et al., ECCV 2016, section 3.2, and its tool).
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
        self.ids: frozenset[int] = ids

    def similar(self, other: Concept) -> bool:
        """Tell whether the two share a string or a synset."""
        return not (self.strings.isdisjoint(other.strings) and self.ids.isdisjoint(other.ids))

    def similarity(self, other: Concept) -> float:
        """Return 1 for a shared string, else the Jaccard index of the synsets."""
        if not self.strings.isdisjoint(other.strings):
            return 1.0
        common = len(self.ids & other.ids)
        return common / len(self.ids | other.ids) if common else 0.0

    def absorb(self, other: Concept) -> None:
        """Take over the other's strings and synsets."""
        self.strings |= other.strings
        if not other.ids <= self.ids:
            self.ids |= other.ids


class SceneGraph:
    """Objects, their attributes and relations; tuples are added one after another."""

    def __init__(self, wordnet: WordNet) -> None:
        """Start empty."""
        self._wordnet = wordnet
        self._nodes: list[Concept] = []
        self._attributes: dict[Concept, list[Concept]] = {}
        self._relations: dict[tuple[Concept, Concept], list[Concept]] = {}

    def add(self, facts: Iterable[Fact]) -> None:
        """Add a caption's tuples in their order."""
        for fact in facts:
            if len(fact) == 1:
                self._node(fact[0])
            elif len(fact) == 2:
                merge(self._attributes[self._node(fact[0])], self._concept(fact[1]))
            else:
                subject, predicate, target = fact
                ends = self._node(subject), self._node(target)
                merge(self._relations.setdefault(ends, []), self._concept(predicate.removeprefix("be ")))

    def tuples(self) -> Iterator[tuple[Concept, ...]]:
        """Yield one tuple per object, per attribute and per relation."""
        for node in self._nodes:
            yield (node,)
            yield from ((node, attribute) for attribute in self._attributes[node])
        for (source, target), relations in self._relations.items():
            yield from ((source, relation, target) for relation in relations)

    def _concept(self, string: str) -> Concept:
        return Concept(string, self._wordnet.ids(string.lower().replace(" ", "_")))

    def _node(self, string: str) -> Concept:
        """Return the node most similar to `string`, widened by it, or a new node."""
        concept = self._concept(string)
        best, most = None, 0.0
        for node in self._nodes:
            if node.similar(concept) and (similarity := node.similarity(concept)) > most:
                best, most = node, similarity
        if best is None:
            self._nodes.append(concept)
            self._attributes[concept] = []
            return concept
        best.absorb(concept)
        return best


def merge(concepts: list[Concept], new: Concept) -> None:
    """Widen the first concept similar to `new`, or append `new`."""
    for concept in concepts:
        if concept.similar(new):
            if concept.strings != new.strings or concept.ids != new.ids:
                concept.absorb(new)
            return
    concepts.append(new)
