"""F-scores of a candidate's tuples against the tuples of its merged references, in all and by kind.

A candidate's tuple is matched if some reference tuple of the same length has a similar concept in every
place; one reference tuple may match several. F = 2 PR / (P + R) with P = matched / candidate's, R =
matched / references'. Kinds as in the released tool: objects, attributes, relations by length, and
attributes that are a colour, a small number or a size (merged with nothing else). A kind that the
references do not mention has no score (NaN); the score of all tuples is then 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aacbench.metrics.spice.graph import Concept

SceneTuple = tuple[Concept, ...]

_NUMBERS = "one two three four five six seven eight nine ten"
_COLORS = """
    beige black blue brown cream dark gray green grey light maroon orange pink purple red violet white yellow
"""
_SIZES = """
    baby beefy big bony boundless brawny broad bulky chunky colossal compact corpulent cosmic cubby curvy
    elfin emaciated endless enormous epic expansive extensive fat fleshy full-size gargantuan gaunt giant
    gigantic grand great heavy hefty huge hulking illimitable immeasurable immense infinitesimal lanky
    large lean life-size limitless little mammoth massive meager measly microscopic mini miniature
    minuscule minute narrow obese outsized oversize overweight paltry petite pint-size plump pocket-size
    portly pudgy puny rotund scanty scraggy scrawny short sizable skeletal skimpy skinny slender slim
    small squat stocky stout strapping sturdy tall teensy teeny teeny-tiny teeny-weeny thick thickset thin
    tiny titanic towering trifling trim tubby undersized underweight unlimited vast wee whopping wide
"""
LENGTHS = {"object": 1, "attribute": 2, "relation": 3}
WORDS = {
    "color": frozenset(_COLORS.split()),
    "cardinality": frozenset(_NUMBERS.split()),
    "size": frozenset(_SIZES.split()),
}
KINDS = ("object", "relation", "attribute", "color", "cardinality", "size")
"""The kinds of tuples that have a score of their own."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a candidate's tuples match, of how many, against how many of the references."""

    matched: int
    candidate: int
    references: int

    @property
    def f_score(self) -> float:
        """F-score; 0 where nothing matches."""
        return 2 * self.matched / (self.candidate + self.references) if self.matched else 0.0


def is_kind(kind: str, item: SceneTuple) -> bool:
    """Tell whether a tuple is of a kind: by its length, or an attribute that is just a word of the kind."""
    if kind in LENGTHS:
        return len(item) == LENGTHS[kind]
    return len(item) == 2 and len(item[1].strings) == 1 and item[1].strings <= WORDS[kind]


def matches(candidate: Sequence[SceneTuple], references: Sequence[SceneTuple]) -> list[bool]:
    """Tell for each of the candidate's tuples whether some reference tuple matches it."""
    by_length: dict[int, list[SceneTuple]] = {}
    for item in references:
        by_length.setdefault(len(item), []).append(item)
    return [any(same(item, other) for other in by_length.get(len(item), ())) for item in candidate]


def same(first: SceneTuple, second: SceneTuple) -> bool:
    """Tell whether two tuples of one length are similar in every place."""
    return all(one.similar(other) for one, other in zip(first, second, strict=True))


def f_scores(candidate: Sequence[SceneTuple], references: Sequence[SceneTuple]) -> tuple[float, dict[str, float]]:
    """Return SPICE and the scores by kind; NaN for a kind that the references do not mention."""
    matched = matches(candidate, references)
    total = Counts(sum(matched), len(candidate), len(references)).f_score
    kinds = {}
    for kind in KINDS:
        expected = [item for item in references if is_kind(kind, item)]
        offered = [item for item in candidate if is_kind(kind, item)]
        hits = (
            matches(offered, expected)
            if kind in WORDS
            else [hit for item, hit in zip(candidate, matched, strict=True) if is_kind(kind, item)]
        )
        kinds[kind] = Counts(sum(hits), len(offered), len(expected)).f_score if expected else math.nan
    return total, kinds
