"""A dependency parse of one caption: what the parser gives and the scene-graph rules read.

Tokens are Penn Treebank tokens, lower-cased, without stand-alone punctuation. Tags are Penn tags, relations
basic Universal Dependencies v1. Heads count from 1; 0 is the root.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parse:
    """One caption's basic dependency tree; all five tuples have the caption's number of tokens."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lemmas: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]


def joined(parts: Sequence[Parse]) -> Parse:
    """Return the parse of a text from those of its pieces, one or more: later roots hang on the first as parataxis."""
    if len(parts) == 1:
        return parts[0]
    top = parts[0].heads.index(0) + 1
    heads, relations, before = list[int](), list[str](), 0
    for part in parts:
        for head, relation in zip(part.heads, part.relations, strict=True):
            later = head == 0 and before > 0
            heads.append(top if later else head + before if head else 0)
            relations.append("parataxis" if later else relation)
        before += len(part.words)
    return Parse(
        words=tuple(word for part in parts for word in part.words),
        tags=tuple(tag for part in parts for tag in part.tags),
        lemmas=tuple(lemma for part in parts for lemma in part.lemmas),
        heads=tuple(heads),
        relations=tuple(relations),
    )
