"""Changes to the collapsed graph before tuples are read off: quantifiers and pronouns.

"A lot of noises" is about noises: the noun takes the quantifier's place and the quantifier becomes its
determiner (`det:qmod`). "A car honks its horn" says that the car has a horn: a pronoun is replaced by the
first noun, breadth first, that precedes it. The word lists are those of Schuster and Manning, "Enhanced
English Universal Dependencies", LREC 2016.
"""

from __future__ import annotations

import re

from aacbench.metrics.spice.collapse import Graph

NOUN_TAGS = frozenset(("NN", "NNS", "NNP", "NNPS"))
PRONOUN_TAGS = frozenset(("PRP", "PRP$"))

_WITH_ARTICLE = """
    lot assortment number couple bunch handful litany sheaf slew dozen series variety multitude wad clutch
    wave mountain array spate string ton range plethora heap sort form kind type version bit pair triple
    total
"""
WITH_ARTICLE = frozenset(_WITH_ARTICLE.split())
"""Quantifiers that need an article: `a lot of noises`."""

_BARE = """
    lots many several plenty tons dozens multitudes mountains loads pairs tens hundreds thousands millions
    billions trillions
"""
BARE = frozenset(_BARE.split())
"""Quantifiers that stand alone: `lots of noises`."""

_BEFORE_DETERMINER = """
    some all both neither everyone nobody one two three four five six seven eight nine ten hundred
    thousand million billion trillion
"""
BEFORE_DETERMINER = frozenset(_BEFORE_DETERMINER.split())
"""Quantifiers whose noun has a determiner: `some of the noises`, `two of them`."""

_SINGULAR = "he him his himself she her hers herself it its itself"
SINGULAR = frozenset(_SINGULAR.split())
"""Pronouns that stand for a singular noun only."""


def resolve_quantifiers(graph: Graph) -> None:
    """Put the noun after a quantifier and `of` into the quantifier's place, wherever there is one."""
    for quantifier in range(1, len(graph.words)):
        governed = quantified(graph, quantifier)
        if governed:
            noun, words = governed
            promote(graph, quantifier, noun, words)


def quantified(graph: Graph, quantifier: int) -> tuple[int, list[int]] | None:
    """Return the noun that the word `quantifier` counts and the words of its phrase, if it counts one."""
    word, of = graph.words[quantifier], quantifier + 1
    if of >= len(graph.words) or graph.words[of] != "of":
        return None
    for noun in graph.children(quantifier, "nmod:of"):
        tag = graph.tags[noun]
        if of not in graph.children(noun, "case") or not (tag in NOUN_TAGS or tag in PRONOUN_TAGS):
            continue
        if word in WITH_ARTICLE:
            articles = [d for d in graph.children(quantifier, "det") if graph.words[d] in ("a", "an")]
            if articles and articles[0] < quantifier:
                return noun, [*articles[:1], quantifier, of]
        if word in BARE or re.fullmatch("[0-9]+s", word):
            return noun, [quantifier, of]
        counts = word in BEFORE_DETERMINER or word.isdigit()
        if counts and (tag in PRONOUN_TAGS or graph.children(noun, "det")):
            return noun, [quantifier, of]
    return None


def promote(graph: Graph, quantifier: int, noun: int, words: list[int]) -> None:
    """Put `noun` in the place of `quantifier`; hang `words` under it, the first as det:qmod."""
    first = words[0]
    words = sorted({*words, *(d for d in graph.children(quantifier, "amod") if d < quantifier)} - {first})
    head, relation = graph.head(quantifier)  # the first one; the others are lost
    graph.replace((head, quantifier, relation), (head, noun, relation))
    graph.edges.remove((quantifier, noun, "nmod:of"))
    graph.edges = [edge for edge in graph.edges if edge[1] not in (first, *words)]
    graph.edges.append((noun, first, "det:qmod"))
    graph.edges.extend((first, word, "mwe") for word in words)


def resolve_pronouns(graph: Graph) -> None:
    """Replace every pronoun but a first token by the first preceding noun, breadth first from the root."""
    for pronoun in range(2, len(graph.words)):
        if graph.tags[pronoun] not in PRONOUN_TAGS:
            continue
        noun = antecedent(graph, pronoun)
        if noun:
            replacement = {pronoun: noun}
            edges = [
                (replacement.get(head, head), replacement.get(node, node), name) for head, node, name in graph.edges
            ]
            graph.edges = [edge for edge in edges if edge[0] != edge[1]]


def antecedent(graph: Graph, pronoun: int) -> int | None:
    """Return the noun that `pronoun` stands for."""
    tags = ("NN", "NNP") if graph.words[pronoun] in SINGULAR else NOUN_TAGS
    queue, seen = [0], {0}
    for node in queue:
        if graph.tags[node] in tags and graph.origin[node] < pronoun:
            return node
        children = [child for child in graph.children(node) if child not in seen]
        seen.update(children)
        queue.extend(children)
    return None
