"""From a caption's dependency graph to its tuples: objects, attributes and relations.

An object is (lemma,), an attribute (object, property), a relation (subject, predicate, object); all
strings are lemmas, multi-word ones with blanks. The rules are those of SPICE (Anderson et al., ECCV 2016)
with the additions of the released tool, which extend the rule-based parser of Schuster et al. (VL 2015),
as seen in the tool's behaviour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from aacbench.metrics.spice.collapse import Graph, collapse
from aacbench.metrics.spice.edits import NOUN_TAGS, resolve_pronouns, resolve_quantifiers
from aacbench.text.parser.parse import Parse

Fact = tuple[str, ...]
"""An object, attribute or relation: one, two or three strings."""

RULES_VERSION = "1"
"""Raised when the same parse would give other tuples."""


def tuples_of(parse: Parse) -> list[Fact]:
    """Return a caption's tuples in the order in which SPICE adds them, each once."""
    graph = collapse(parse)
    resolve_quantifiers(graph)
    resolve_pronouns(graph)
    return list(dict.fromkeys(Reader(graph).facts()))


class Reader:
    """Reads tuples off a graph."""

    def __init__(self, graph: Graph) -> None:
        """Index the edges of `graph` by head."""
        self.lemmas = graph.lemmas
        self.tags = graph.tags
        self.words = graph.words
        self.noun = [tag in NOUN_TAGS for tag in graph.tags]
        self.out: list[list[tuple[int, str]]] = [[] for _ in graph.words]
        self._by: dict[str, dict[int, list[int]]] = {}
        for head, dependent, relation in sorted(graph.edges, key=itemgetter(1)):
            self.out[head].append((dependent, relation))
            if head:
                self._by.setdefault(relation, {}).setdefault(head, []).append(dependent)
        self.nodes = range(1, len(graph.words))

    def facts(self) -> Iterator[Fact]:
        """Yield the tuples, rule by rule."""
        yield from self.clauses()
        yield from self.modifiers()
        yield from self.possessives_and_agents()
        yield from self.participles()
        yield from self.compounds_and_objects()
        yield from self.numbers()

    def by(self, node: int, relation: str) -> Sequence[int]:
        """Return the dependents of `node` by the given relation."""
        return self._by.get(relation, {}).get(node, ())

    def each(self, relation: str) -> list[tuple[int, list[int]]]:
        """Return the nodes that have dependents by the given relation, in order, with these."""
        return sorted(self._by.get(relation, {}).items())

    def objects(self, node: int) -> list[tuple[int, str]]:
        """Return the noun objects of a predicate with their relations: direct, indirect, by preposition."""
        return [(d, r) for d, r in self.out[node] if self.noun[d] and (r in ("dobj", "iobj") or r.startswith("nmod:"))]

    def predicate(self, node: int) -> str:
        """Return a predicate's name: its lemma and particle; the particle alone for `be`."""
        particles = self.by(node, "compound:prt")
        if not particles:
            return self.lemmas[node]
        particle = self.lemmas[particles[0]]
        return particle if self.lemmas[node] == "be" else f"{self.lemmas[node]} {particle}"

    def relation(self, node: int, label: str) -> str:
        """Return a predicate's name with the preposition of its object."""
        preposition = label.partition(":")[2]
        if preposition in ("", "poss", "agent"):
            return self.predicate(node)
        return f"{self.predicate(node)} {preposition.replace('_', ' ')}"

    def clauses(self) -> Iterator[Fact]:
        """Yield what subjects do (with objects: relations; without: attributes) and are."""
        for node, dependents in self.each("nsubj"):
            subjects = [s for s in dependents if self.noun[s]]
            if not subjects:
                continue
            copula = self.by(node, "cop")
            objects = [] if copula else self.objects(node)
            for subject in subjects:
                for noun, label in objects:
                    yield self.lemmas[subject], self.relation(node, label), self.lemmas[noun]
                if not objects and (copula or self.lemmas[node] != "be"):
                    yield self.state(node, subject)

    def state(self, node: int, subject: int) -> Fact:
        """Return what a predicate without objects says: a relation by its preposition, else an attribute."""
        cases = self.by(node, "case")
        if cases:
            return self.lemmas[subject], self.lemmas[cases[0]], self.lemmas[node]
        return self.lemmas[subject], self.predicate(node)

    def modifiers(self) -> Iterator[Fact]:
        """Yield adjectives, of any head, and what hangs under nouns by a preposition."""
        for node, dependents in self.each("amod"):
            yield from ((self.lemmas[node], self.lemmas[dependent]) for dependent in dependents)
        for node, dependents in self.each("nsubj"):
            if self.tags[node].startswith("JJ"):
                yield from ((self.lemmas[subject], self.lemmas[node]) for subject in dependents)
        for node in self.nodes:
            if self.noun[node]:
                for dependent, label in self.out[node]:
                    kind, _, name = label.partition(":")
                    if kind == "nmod" and name and name not in ("poss", "agent"):
                        yield self.lemmas[node], name.replace("_", " "), self.lemmas[dependent]

    def possessives_and_agents(self) -> Iterator[Fact]:
        """Yield who has what, and who did what in the passive."""
        for node, dependents in self.each("nmod:poss"):
            if self.noun[node]:
                owners = [owner for owner in dependents if self.noun[owner]]
                yield from ((self.lemmas[owner], "have", self.lemmas[node]) for owner in owners)
        for node, dependents in self.each("nmod:agent"):
            for agent in dependents:
                for patient in self.by(node, "nsubjpass"):
                    if self.noun[agent] and self.noun[patient]:
                        yield self.lemmas[agent], self.predicate(node), self.lemmas[patient]

    def participles(self) -> Iterator[Fact]:
        """Yield relations of verbs that modify their subject: `a man cutting wood`."""
        for node, dependents in self.each("acl"):
            for verb in dependents:
                for noun, label in self.objects(verb):
                    yield self.lemmas[node], self.relation(verb, label), self.lemmas[noun]

    def compounds_and_objects(self) -> Iterator[Fact]:
        """Yield noun modifiers as attributes, and every noun outside of such compounds as an object."""
        inside: set[int] = set()
        for node, dependents in self.each("compound"):
            for modifier in dependents:
                if self.noun[node] and self.noun[modifier]:
                    inside.update((node, modifier))
                    yield self.lemmas[node], self.lemmas[modifier]
        yield from ((self.lemmas[node],) for node in self.nodes if self.noun[node] and node not in inside)

    def numbers(self) -> Iterator[Fact]:
        """Yield how many: the number before a plural noun, or its quantifier's first word."""
        for node in self.nodes:
            if self.tags[node] in ("NNS", "NNPS"):
                numbers = [n for n in self.by(node, "nummod") if n < node] or self.by(node, "det:qmod")
                if numbers:
                    yield self.lemmas[node], self.lemmas[numbers[0]]
