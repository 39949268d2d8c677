"""What a caption says, read with the grammar's own words: sounds, kinds of sounds, their order, places and claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from aacbench.datasets.soundscapes.claims import Claim, claims, marked, without_places
from aacbench.datasets.soundscapes.composition import Composition, overlapping
from aacbench.datasets.soundscapes.grammar import Style
from aacbench.datasets.soundscapes.words import Words

_FORWARD = {"then", "followed", "before", "finally", "lastly", "next", "afterwards", "later"}
_TOGETHER = {"while", "as", "over", "with", "during"}
_TOGETHER_FIRST = {"while", "as", "during", "over"}
_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*")


@dataclass(frozen=True)
class Relation:
    """What a caption says of two events: `first` comes before `second`, or (`overlap`) both are heard at
    once.
    """

    first: str
    second: str
    overlap: bool

    def holds(self, composition: Composition) -> bool | None:
        """Return whether it does; None where one of its events is not in the clip."""
        sounds = {sound.label: sound for sound in composition.sounds}
        if self.first not in sounds or self.second not in sounds:
            return None
        first, second = sounds[self.first], sounds[self.second]
        if overlapping(first, second):
            return self.overlap
        return not self.overlap and first.onset < second.onset


@dataclass(frozen=True)
class Reading:
    """What a caption says: event classes as mentioned, relations of neighbouring ones, scenes, kinds, claims."""

    events: tuple[str, ...]
    relations: tuple[Relation, ...]
    scenes: frozenset[str]
    kinds: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass
class Reader:
    """Reads captions by the words that name one class, kind or scene only."""

    style: Style
    parents: Mapping[str, Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._words = {**self.style.words, **self.parents}
        self._label_of = {cue: label for label, words in self._words.items() for cue in words.cues}
        self._scene_of = {cue: scene for scene, place in self.style.settings.items() for cue in place.cues}
        self._places = without_places(self.style.settings.values())

    def read(self, text: str) -> Reading:
        """Return what a caption says."""
        lowered = text.lower()
        tokens = _TOKEN.findall(lowered)
        spans = self._spans(tokens)
        named = tuple(dict.fromkeys(label for label, _, _ in spans))
        relations = (_relation(tokens, spans, number) for number in range(len(spans) - 1))
        about = marked(self._places.sub(",", lowered))
        return Reading(
            events=tuple(label for label in named if label not in self.parents),
            relations=tuple(relation for relation in relations if relation),
            scenes=frozenset(self._scene_of[token] for token in tokens if token in self._scene_of),
            kinds=tuple(label for label in named if label in self.parents),
            claims=tuple(claims(about, self._spans(about), self._words)),
        )

    def sound_of(self, word: str) -> str | None:
        """Return the class of sounds that a word names, with any marks at it; None for other words and kinds."""
        labels = [self._label_of[token] for token in _TOKEN.findall(word.lower()) if token in self._label_of]
        return next((label for label in labels if label not in self.parents), None)

    def _spans(self, tokens: list[str]) -> list[tuple[str, int, int]]:
        """Return class or kind, first and last cue of each mention."""
        spans: list[tuple[str, int, int]] = []
        for position, token in enumerate(tokens):
            label = self._label_of.get(token)
            if label and spans and spans[-1][0] == label:
                spans[-1] = (label, spans[-1][1], position)
            elif label:
                spans.append((label, position, position))
        return spans


def _relation(tokens: list[str], spans: list[tuple[str, int, int]], number: int) -> Relation | None:
    """Return the relation that the words around two neighbouring mentions state, if any."""
    (first, start, end), (second, next_start, next_end) = spans[number], spans[number + 1]
    between = set(tokens[end + 1 : next_start])
    lead = set(tokens[:start]) if number == 0 else set()
    stop = spans[number + 2][1] if number + 2 < len(spans) else len(tokens)
    trail = tokens[next_end + 1 : stop]
    together = "together" in trail or any(pair == ("same", "time") for pair in pairwise(trail))
    if "after" in between:
        return Relation(second, first, overlap=False)
    if between & _FORWARD:
        return Relation(first, second, overlap=False)
    if between & _TOGETHER or lead & _TOGETHER_FIRST or (together and "and" in between):
        return Relation(first, second, overlap=True)
    return Relation(first, second, overlap=False) if "after" in lead else None
