"""Vocabulary of the candidates: distinct words, and their number relative to the references'.

Descriptive: a larger vocabulary is not a better one. Words are Penn Treebank tokens. `vocabulary` counts the
distinct words in all candidates; `vocabulary_share` divides it by the distinct words in all references.
Neither has a value per item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class Vocabulary:
    """Distinct words of the candidates."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the scores `vocabulary` and `vocabulary_share`."""
        words = distinct_words(items.candidate_tokens)
        human = distinct_words(text for captions in items.reference_tokens for text in captions)
        share = len(words) / len(human) if human else 0.0
        return [
            Score("vocabulary", float(len(words)), None, {"version": 1}),
            Score("vocabulary_share", share, None, {"version": 1}),
        ]


def distinct_words(captions: Iterable[str]) -> set[str]:
    """Return the distinct words of tokenised captions."""
    return {word for caption in captions for word in caption.split()}
