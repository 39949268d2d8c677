"""What a caption claims of a sound besides its name: how often, how loud, how far, how high, how fast, how long.

Phrases of the grammar become marks; a mark belongs to the sound that is mentioned on the same side of the words that
link sounds ("then", "while"). What is said of places ("a quiet park") is no claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aacbench.datasets.soundscapes import phrases
from aacbench.datasets.soundscapes.composition import Sound
from aacbench.datasets.soundscapes.phrases import Setting, Weighted
from aacbench.datasets.soundscapes.words import Words

_TABLES: tuple[tuple[str, Mapping[str, Weighted]], ...] = (
    ("loudness", phrases.LOUDNESS_ADVERBS),
    ("loudness", phrases.LOUDNESS_ADJECTIVES),
    ("distance", phrases.DISTANCE_ADVERBS),
    ("distance", phrases.DISTANCE_ADJECTIVES),
    ("pace", phrases.PACE_ADVERBS),
    ("pace", phrases.PACE_ADJECTIVES),
    ("extent", phrases.EXTENT_ADVERBS),
    ("count", phrases.COUNT_ADVERBS),
    ("count", phrases.COUNT_DETERMINERS),
)
_MARKS = {phrase: f"{name}_{value}" for name, table in _TABLES for value, said in table.items() for _, phrase in said}
_PHRASE = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _MARKS), key=lambda text: (-len(text), text))) + r")\b")
_MARK = re.compile(r"^(loudness|distance|pace|extent|count)_(\w+)$")
_TOKEN = re.compile(r"[a-z_]+(?:-[a-z]+)*|,")
_LINKS = frozenset(
    "then followed by before after while as with over during amid finally lastly first afterwards later".split()
)
_WEAK_LINKS = ("and", ",")


@dataclass(frozen=True)
class Claim:
    """A caption says that the sound of a class has a property, `count` included, of this value."""

    label: str
    name: str
    value: str

    def holds(self, sound: Sound) -> bool:
        """Whether it is true of the sound."""
        held: str | None = getattr(sound, self.name)
        return held == self.value


def without_places(settings: Iterable[Setting]) -> re.Pattern[str]:
    """Return what matches all that the grammar says of places."""
    said = {
        text for place in settings for table in (place.places, place.ambiences, place.abstract) for _, text in table
    }
    longest_first = sorted(map(re.escape, said), key=lambda text: (-len(text), text))
    return re.compile(r"\b(" + "|".join(longest_first) + r")\b")


def marked(text: str) -> list[str]:
    """Return the tokens of a caption in lower case, commas among them, with a mark for each phrase of a property."""
    return _TOKEN.findall(_PHRASE.sub(lambda match: _MARKS[match[1]], text))


def claims(tokens: Sequence[str], spans: Sequence[tuple[str, int, int]], words: Mapping[str, Words]) -> list[Claim]:
    """Return what is claimed of each mention; `spans` are its class, first and last token."""
    if not spans:
        return []
    starts = [0, *(_boundary(tokens, left[2] + 1, right[1]) for left, right in pairwise(spans))]
    stops = [*starts[1:], len(tokens)]
    return [
        claim
        for (label, _, _), start, stop in zip(spans, starts, stops, strict=True)
        for claim in _of(label, tokens[start:stop], words.get(label))
    ]


def _boundary(tokens: Sequence[str], start: int, stop: int) -> int:
    """Return where the words about a mention end and those about the next begin, between two tokens."""
    strong = [place for place in range(start, stop) if tokens[place] in _LINKS]
    if strong:
        return strong[0] if tokens[strong[0]] != "by" else strong[0] + 1
    weak = [place for place in range(start, stop) if tokens[place] in _WEAK_LINKS]
    return weak[-1] if weak else stop


def _of(label: str, tokens: Sequence[str], words: Words | None) -> list[Claim]:
    found = [Claim(label, match[1], match[2]) for token in tokens if (match := _MARK.match(token))]
    pitches = words.adjectives if words else {}
    found += [Claim(label, "pitch", pitch) for pitch, said in pitches.items() for token in tokens if token in said]
    return list(dict.fromkeys(found))
