"""Mean words of the candidates and of the references, as PTB tokens. Descriptive: longer is not better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.types import Score, ScoringItems


@dataclass(frozen=True)
class Length:
    """Words a caption."""

    def __call__(self, items: ScoringItems, needed: Mapping[str, Score]) -> list[Score]:
        """Return the scores `length` and `reference_length`, means of each clip's mean."""
        rows = tuple(float(len(caption.split())) for caption in items.candidate_tokens)
        human = tuple(
            sum(len(caption.split()) for caption in captions) / len(captions) for captions in items.reference_tokens
        )
        return [
            Score(name, sum(values) / len(values), values, {"version": 1})
            for name, values in (("length", rows), ("reference_length", human))
        ]
