"""A dependency parse of one caption: what the parser gives and the scene-graph rules read.

Tokens are Penn Treebank tokens, lower-cased, without stand-alone punctuation. Tags are Penn tags, relations
basic Universal Dependencies v1. Heads count from 1; 0 is the root.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parse:
    """One caption's basic dependency tree; all five tuples have the caption's number of tokens."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    lemmas: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]
