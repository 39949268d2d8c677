"""Basic Universal Dependencies v1 to the collapsed, conjunction-propagated graph that SPICE's rules read.

Everything is decided on the dependency tree; no constituents are needed. The steps and their order follow
the behaviour of CoreNLP 3.6.0's converter as observed on its output: passive subjects, multi-word
prepositions, coordinated prepositional phrases (their governor is duplicated as a copy node), case
information in the relation name, coordinators in the relation name, propagation to conjuncts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aacbench.metrics.spice.prepositions import HEADED, THREE_WORD, TWO_WORD
from aacbench.text.parser.parse import Parse

Edge = tuple[int, int, str]
"""Head, dependent, relation. Nodes count from 1 in sentence order, 0 is the root, copies come last."""


@dataclass
class Graph:
    """A caption's dependency graph: tokens, their copies, labelled edges; a node may have several heads."""

    words: list[str]
    tags: list[str]
    lemmas: list[str]
    edges: list[Edge]
    origin: list[int] = field(default_factory=list)
    """Token that a node stands for, at the node's index; differs from the index for copies only."""

    @classmethod
    def of(cls, parse: Parse) -> Graph:
        """Return the basic tree of `parse` as a graph; punctuation is left out, index 0 is the root."""
        edges = [
            (head, index, relation)
            for index, (head, relation) in enumerate(zip(parse.heads, parse.relations, strict=True), 1)
            if relation != "punct"
        ]
        size = len(parse.words) + 1
        words, tags, lemmas = (["", *part] for part in (parse.words, parse.tags, parse.lemmas))
        return cls(words, tags, lemmas, edges, list(range(size)))

    def children(self, node: int, *relations: str) -> list[int]:
        """Return the dependents of `node` in node order, all or those by the given relations."""
        return sorted([d for h, d, r in self.edges if h == node and (not relations or r in relations)])

    def head(self, node: int) -> tuple[int, str]:
        """Return the first (head, relation) of `node`; (0, "") if it hangs nowhere."""
        for head, dependent, relation in self.edges:
            if dependent == node:
                return head, relation
        return 0, ""

    def replace(self, old: Edge, new: Edge) -> None:
        """Put `new` in the place of the edge `old`."""
        self.edges[self.edges.index(old)] = new


def collapse(parse: Parse) -> Graph:
    """Return the collapsed, conjunction-propagated graph of a basic tree."""
    graph = Graph.of(parse)
    passive_subjects(graph)
    two_word_prepositions(graph)
    headed_prepositions(graph)
    three_word_prepositions(graph)
    coordinated_phrases(graph)
    coordinated_prepositions(graph)
    name_cases(graph)
    name_conjuncts(graph)
    propagate(graph)
    return graph


def passive_subjects(graph: Graph) -> None:
    """Subjects of a predicate with a passive auxiliary become passive subjects."""
    passive = {h for h, _, r in graph.edges if r == "auxpass"}
    graph.edges = [(h, d, r + "pass" if h in passive and r in ("nsubj", "csubj") else r) for h, d, r in graph.edges]


def two_word_prepositions(graph: Graph) -> None:
    """Two sister words, `out` and `of` under a noun: the first becomes its case, the other part of that."""
    for second in range(2, len(graph.words)):
        first = second - 1
        if (graph.words[first], graph.words[second]) not in TWO_WORD or graph.children(first):
            continue
        head, relation = graph.head(first)
        if relation in ("case", "advmod") and graph.head(second) == (head, "case"):
            graph.replace((head, first, relation), (head, first, "case"))
            graph.replace((head, second, "case"), (first, second, "mwe"))


def headed_prepositions(graph: Graph) -> None:
    """`next` heading `to the road`: the noun takes the place of `next`, which becomes its case."""
    for second in range(2, len(graph.words)):
        first = second - 1
        if (graph.words[first], graph.words[second]) not in HEADED:
            continue
        noun, _ = graph.head(second)
        if (noun, second, "case") in graph.edges and (first, noun, "nmod") in graph.edges:
            take_place(graph, first, noun)
            graph.replace((noun, second, "case"), (first, second, "mwe"))


def three_word_prepositions(graph: Graph) -> None:
    """`in front of the barn`: the noun takes the place of `front`; the three words become its case."""
    for third in range(3, len(graph.words)):
        first, second = third - 2, third - 1
        if (graph.words[first], graph.words[second], graph.words[third]) not in THREE_WORD:
            continue
        noun, _ = graph.head(third)
        if (
            (noun, third, "case") in graph.edges
            and (second, noun, "nmod") in graph.edges
            and (second, first, "case") in graph.edges
        ):
            take_place(graph, second, noun)
            graph.replace((noun, first, "case"), (noun, first, "case"))
            graph.replace((noun, second, "case"), (first, second, "mwe"))
            graph.replace((noun, third, "case"), (first, third, "mwe"))


def take_place(graph: Graph, word: int, noun: int) -> None:
    """Put `noun` where `word` was in the tree, with its other dependents; `word` becomes its case."""
    head, relation = graph.head(word)
    graph.edges.remove((word, noun, "nmod"))
    graph.edges = [(noun, d, r) if h == word else (h, d, r) for h, d, r in graph.edges]
    kept = relation if relation in ("root", "acl:relcl") else "nmod"
    graph.replace((head, word, relation), (head, noun, kept))
    graph.edges.append((noun, word, "case"))


def copy_node(graph: Graph, node: int) -> int:
    """Add a copy of a token and return its index."""
    for column in (graph.words, graph.tags, graph.lemmas):
        column.append(column[node])
    graph.origin.append(graph.origin[node])
    return len(graph.words) - 1


def coordinated_phrases(graph: Graph) -> None:
    """`to X and from Y` under a governor: Y hangs under a copy of the governor, joined to it by conj."""
    for first, second, relation in list(graph.edges):
        if relation != "conj" or not graph.children(first, "case") or not graph.children(second, "case"):
            continue
        governor, label = graph.head(first)
        coordinators = graph.children(first, "cc")
        if label not in ("nmod", "advcl", "acl") or not coordinators:
            continue
        copy = copy_node(graph, governor)
        graph.replace((first, second, "conj"), (copy, second, label))
        graph.edges.append((governor, copy, "conj"))
        for coordinator in coordinators:
            graph.replace((first, coordinator, "cc"), (governor, coordinator, "cc"))


def coordinated_prepositions(graph: Graph) -> None:
    """`into or in X`: the second preposition marks X under a copy of the governor."""
    for first, second, relation in list(graph.edges):
        if relation != "conj":
            continue
        noun, case = graph.head(first)
        if case != "case":
            continue
        governor, label = graph.head(noun)
        if label not in ("nmod", "advcl", "acl"):
            continue
        copy = copy_node(graph, governor)
        graph.edges.append((governor, copy, name_of_conjunct(graph, first, second)))
        graph.edges.append((copy, noun, f"{label}:{graph.words[second]}"))


def name_cases(graph: Graph) -> None:
    """Append the preposition to nmod, acl and advcl; `by` under a passive verb is the agent."""
    passive = {h for h, _, r in graph.edges if r == "auxpass"}
    for index, (head, node, relation) in enumerate(graph.edges):
        if relation not in ("nmod", "acl", "advcl") or not (cases := graph.children(node, "case")):
            continue
        name = "_".join(graph.words[word] for word in preposition(graph, cases))
        if relation == "nmod" and name == "by" and head in passive:
            name = "agent"
        graph.edges[index] = (head, node, f"{relation}:{name}")


def preposition(graph: Graph, cases: list[int]) -> list[int]:
    """Return the words of the preposition that names a noun's relation: a multi-word one, else the last."""
    first = next((case for case in cases if graph.children(case, "mwe")), cases[-1])
    return [first, *graph.children(first, "mwe")]


def name_conjuncts(graph: Graph) -> None:
    """Append the coordinator to conj: the nearest one before the conjunct, else the first one after it."""
    for index, (head, node, relation) in enumerate(graph.edges):
        if relation == "conj":
            graph.edges[index] = (head, node, name_of_conjunct(graph, head, node))


def name_of_conjunct(graph: Graph, head: int, node: int) -> str:
    """Return conj with the coordinator of `node` under `head`; plain conj where there is none."""
    coordinators = graph.children(head, "cc")
    before = [c for c in coordinators if c < node]
    if not coordinators:
        return "conj"
    return f"conj:{coordinator_name(graph, before[-1] if before else coordinators[0])}"


def coordinator_name(graph: Graph, node: int) -> str:
    """Return the name of a coordinator: `as well as` is `and`, `but not` and `instead of` are `negcc`."""
    word = graph.words[node]
    rest = [graph.words[child] for child in graph.children(node)]
    if word == "as" and rest[:1] == ["well"]:
        return "and"
    if (word == "not" and "but" in rest) or (word in ("instead", "rather") and rest):
        return "negcc"
    return word


def propagate(graph: Graph) -> None:
    """Copy the first conjunct's heads, and a subject where the other conjunct lacks one, along conj edges."""
    old = list(graph.edges)
    edges = dict.fromkeys(old)
    passive = {h for h, _, r in old if r == "auxpass"}
    relative = {h for h, _, r in old if r == "acl:relcl"}
    for first, second, relation in old:
        if not relation.startswith("conj:"):
            continue
        both_relative = {first, second} <= relative
        for head, dependent, label in old:
            if dependent != first or label in ("root", "case") or head == second:
                continue
            if both_relative and label in ("dobj", "nsubj"):
                continue
            edges[head, second, label] = None
        subject = missing_subject(graph, old, first, second, second in passive)
        if subject:
            edges[subject] = None
    graph.edges = list(edges)


def missing_subject(graph: Graph, edges: list[Edge], first: int, second: int, passive: bool) -> Edge | None:
    """Return the subject edge that `second` takes over from `first`, if it is a predicate without one."""
    subjects = ("nsubj", "nsubjpass", "csubj", "csubjpass")
    tag = graph.tags[second]
    if not tag.startswith(("VB", "JJ")) or any(h == second and r in subjects for h, _, r in edges):
        return None
    for subject, label in sorted((d, r) for h, d, r in edges if h == first and r in subjects):
        if label == "nsubjpass" and (tag in ("VB", "VBZ", "VBP") or tag.startswith("JJ")):
            label = "nsubj"
        elif label == "nsubj" and passive:
            label = "nsubjpass"
        return second, subject, label
    return None
