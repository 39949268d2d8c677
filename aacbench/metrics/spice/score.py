"""F-scores of a candidate's tuples against the tuples of its merged references, in all and by kind.

A candidate's tuple is matched if some reference tuple of the same length has a similar concept in every
place; one reference tuple may match several. F = 2 PR / (P + R) with P = matched / candidate's, R =
matched / references'. Kinds as in the released tool: objects, attributes, relations by length, and
attributes that are a colour, a small number or a size (merged with nothing else). A kind that the
references do not mention has no score (NaN); the score of all tuples is then 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

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


class Scene(Sequence[SceneTuple]):
    """The tuples of a scene graph, told apart by length and kind once for all candidates that meet it."""

    def __init__(self, tuples: Iterable[SceneTuple]) -> None:
        """Keep the tuples, which change no more."""
        self._tuples = tuple(tuples)
        self.by_length: dict[int, list[SceneTuple]] = {}
        for item in self._tuples:
            self.by_length.setdefault(len(item), []).append(item)
        pairs = self.by_length.get(LENGTHS["attribute"], ())
        single = [(item, next(iter(item[1].strings))) for item in pairs if len(item[1].strings) == 1]
        self.by_kind = {
            **{kind: self.by_length.get(length, []) for kind, length in LENGTHS.items()},
            **{kind: [item for item, word in single if word in words] for kind, words in WORDS.items()},
        }

    @overload
    def __getitem__(self, place: int) -> SceneTuple: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[SceneTuple, ...]: ...
    def __getitem__(self, place: int | slice) -> SceneTuple | tuple[SceneTuple, ...]:
        return self._tuples[place]

    def __len__(self) -> int:
        return len(self._tuples)


def matches(candidate: Iterable[SceneTuple], references: Scene) -> list[bool]:
    """Tell for each of the candidate's tuples whether some reference tuple matches it."""
    return _matches(candidate, references.by_length, {})


def f_scores(candidate: Scene, references: Scene) -> tuple[float, dict[str, float]]:
    """Return SPICE and the scores by kind; NaN for a kind that the references do not mention."""
    alike: _Alike = {}
    total, kinds = 0, {}
    for kind in KINDS:
        offered, expected = candidate.by_kind[kind], references.by_kind[kind]
        hits = sum(_matches(offered, {LENGTHS.get(kind, 2): expected}, alike))
        total += hits if kind in LENGTHS else 0
        kinds[kind] = Counts(hits, len(offered), len(expected)).f_score if expected else math.nan
    return Counts(total, len(candidate), len(references)).f_score, kinds


_Alike = dict[tuple[int, int], bool]
"""Whether two concepts are similar, by their addresses: an object stands in its attributes and relations, too."""


def _matches(
    candidate: Iterable[SceneTuple], by_length: Mapping[int, Sequence[SceneTuple]], alike: _Alike
) -> list[bool]:
    return [any(_same(item, other, alike) for other in by_length.get(len(item), ())) for item in candidate]


def _same(first: SceneTuple, second: SceneTuple, alike: _Alike) -> bool:
    """Tell whether two tuples of one length are similar in every place."""
    for one, other in zip(first, second, strict=True):
        pair = id(one), id(other)
        known = alike.get(pair)
        if known is None:
            known = alike[pair] = one.similar(other)
        if not known:
            return False
    return True
