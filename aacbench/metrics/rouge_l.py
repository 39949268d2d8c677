"""ROUGE-L as the captioning tools compute it (Lin 2004; range 0 to 1, beta 1.2).

Longest common subsequence of the candidate with each reference; the best precision and the best recall over
the references are taken *separately*, then F = (1 + b^2) P R / (R + b^2 P). The corpus score is the mean of
the items. Captions are split at single blanks, as officially, so an empty caption counts as one empty token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aacbench.errors import UserError
from aacbench.metrics.official import reference_rouge_l
from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class RougeL:
    """ROUGE-L of every item, and their mean."""

    beta: float = 1.2
    engine: str = "native"

    def __post_init__(self) -> None:
        if self.engine == "reference" and self.beta != 1.2:
            raise UserError(f"the reference ROUGE-L has beta 1.2 built in; got {self.beta}: use --engine native")

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the score `rouge_l`."""
        if self.engine == "reference":
            corpus, rows = reference_rouge_l(items)
        else:
            pairs = zip(items.candidate_tokens, items.reference_tokens, strict=True)
            rows = [rouge_l(candidate, references, self.beta) for candidate, references in pairs]
            corpus = sum(rows) / len(rows)
        return [Score("rouge_l", corpus, tuple(rows), {"version": 1, "beta": self.beta})]


def rouge_l(candidate: str, references: Sequence[str], beta: float = 1.2) -> float:
    """Return ROUGE-L of one tokenised candidate against its references."""
    tokens = candidate.split(" ")
    masks: dict[str, int] = {}
    for index, token in enumerate(tokens):
        masks[token] = masks.get(token, 0) | 1 << index
    precision = recall = 0.0
    for reference in references:
        words = reference.split(" ")
        common = _common_length(masks, len(tokens), words)
        precision = max(precision, common / len(tokens))
        recall = max(recall, common / len(words))
    if not precision or not recall:
        return 0.0
    return (1 + beta**2) * precision * recall / (recall + beta**2 * precision)


def _common_length(masks: Mapping[str, int], length: int, words: Sequence[str]) -> int:
    """Return the length of the longest common subsequence, a row of the table held in the bits of one
    integer.

    Each zero of `row` is a place where the subsequence grows by one (Hyyrö 2004); words without a match
    change nothing.
    """
    everything = (1 << length) - 1
    row = everything
    for word in words:
        mask = masks.get(word)
        if mask is not None:
            matched = row & mask
            row = (row + matched) | (row - matched)
    return length - (row & everything).bit_count()
