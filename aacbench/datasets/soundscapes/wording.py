"""One sound in words: as a clause ("a dog barks twice"), a participle ("a dog barking") or a noun ("two dog
barks").

A reference mentions some of a sound's properties and leaves out others, as annotators do.
"""

from __future__ import annotations

from collections.abc import Mapping

from aacbench.datasets.soundscapes.composition import Sound
from aacbench.datasets.soundscapes.phrases import (
    COUNT_ADVERBS,
    COUNT_DETERMINERS,
    DISTANCE_ADJECTIVES,
    DISTANCE_ADVERBS,
    EXTENT_ADVERBS,
    LOUDNESS_ADJECTIVES,
    LOUDNESS_ADVERBS,
    PACE_ADJECTIVES,
    PACE_ADVERBS,
    Weighted,
)
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.words import Clause, Nominal, Words

# The properties in the order in which people notice them, and how likely each is told where it stands out.
_NOTICED = (
    ("count", {"once": 0.4, "twice": 0.85, "several": 0.85}),
    ("loudness", {"loud": 0.7, "faint": 0.7}),
    ("distance", {"far": 0.65, "near": 0.3}),
    ("pitch", {"high": 0.5, "low": 0.5}),
    ("pace", {"fast": 0.55, "slow": 0.55}),
    ("extent", {"long": 0.4, "short": 0.35}),
)
_AFFECT = 0.06


class Wording:
    """A sound as one annotator words it: draws what is mentioned once, then gives any form asked for."""

    def __init__(self, sound: Sound, words: Words, stream: Stream, most: int) -> None:
        """Choose at most `most` properties of the sound to mention; `words` are those for its class."""
        self._stream = stream
        self._sound = sound
        self._words = words
        self._clause = stream.weighted([(clause.weight, clause) for clause in self._words.clauses])
        self._nominal = stream.weighted([(nominal.weight, nominal) for nominal in self._words.nominals])
        noticed = [name for name, likely in _NOTICED if stream.chance(likely.get(getattr(sound, name) or "", 0.0))]
        self._told = {name: getattr(sound, name) for name in noticed[:most]}
        self._affect = stream.pick(self._words.manner) if self._words.manner and stream.chance(_AFFECT) else ""

    def simple(self) -> str:
        """Return a clause in the simple present: "a small dog barks loudly twice"."""
        return self._say(self._clause.finite)

    def clause(self) -> str:
        """Return a clause in the simple present or, a third of the time, "a dog is barking"."""
        if self._told.get("count") in ("once", "twice") or not self._stream.chance(0.33):
            return self.simple()
        return self._say(f"{_be(self._clause.plural)} {self._clause.participle}")

    def participle(self) -> str:
        """Return a noun with a participle ("a dog barking twice") or, a third of the time, a plain noun."""
        return self.noun() if self._stream.chance(0.33) else self._say(self._clause.participle)

    def background(self) -> str:
        """Return "a dog barking in the background", which leaves no room for another word of distance."""
        self._told.pop("distance", None)
        return f"{self.participle()} in the background"

    def there(self) -> str:
        """Return "there is a dog barking" or "there are two dog barks"."""
        if self._stream.chance(0.33):
            return f"there {self.be()} {self.noun()}"
        return f"there {_be(self._clause.plural)} {self._say(self._clause.participle)}"

    def be(self) -> str:
        """Return the verb that the noun phrase takes: "is" or "are"."""
        return _be(self._nominal.plural or (bool(self._nominal.many) and self._sound.count not in (None, "once")))

    def _say(self, verb: str) -> str:
        """Return the subject, a form of the verb, and what is told of how, how often and where."""
        return _join(self._subject(self._clause), verb, self._clause.rest, *self._adverbs())

    def noun(self) -> str:
        """Return a noun phrase: "two loud knocks on a door", "soft rain in the distance"."""
        nominal, told = self._nominal, self._told
        adjectives = [self._draw(LOUDNESS_ADJECTIVES, "loudness"), self._draw(PACE_ADJECTIVES, "pace")]
        if "pitch" in told:
            adjectives.append(_usual(self._stream, self._words.adjectives[told["pitch"]]))
        distance = self._draw(DISTANCE_ADVERBS, "distance")
        if distance and self._stream.chance(0.4):
            distance = ""
            adjectives.insert(0, self._draw(DISTANCE_ADJECTIVES, "distance"))
        extent = self._draw(EXTENT_ADVERBS, "extent") if nominal.plural else ""
        return _join(*self._counted(nominal, [word for word in adjectives if word]), extent, distance)

    def _counted(self, nominal: Nominal, adjectives: list[str]) -> list[str]:
        """Return the noun phrase with the determiner that its count asks for."""
        if not nominal.many or self._sound.count is None:
            return [_article(nominal.determiner, adjectives, nominal.single), *adjectives, nominal.single]
        determiner = self._draw(COUNT_DETERMINERS, "count")
        if self._sound.count != "once":
            return [determiner, *adjectives, nominal.many]
        return [determiner or _article("a", adjectives, nominal.single), *adjectives, nominal.single]

    def _subject(self, clause: Clause) -> str:
        """Return the subject with an adjective of pitch where it can take one."""
        told = self._told.get("pitch")
        adjectives = [_usual(self._stream, self._words.adjectives[told])] if told and clause.determiner else []
        return _join(_article(clause.determiner, adjectives, clause.subject), *adjectives, clause.subject)

    def _adverbs(self) -> list[str]:
        """Return the adverbs in their usual order: manner, count or extent, place; words are joined."""
        lasting = [self._draw(COUNT_ADVERBS, "count"), self._draw(EXTENT_ADVERBS, "extent")]
        manner = [self._draw(LOUDNESS_ADVERBS, "loudness"), self._draw(PACE_ADVERBS, "pace"), self._affect]
        words = [word for word in (*manner, *lasting) if word.endswith("ly")]
        phrases = [word for word in (*manner, *lasting) if not word.endswith("ly")]
        joined = ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
        return [joined, *phrases, self._draw(DISTANCE_ADVERBS, "distance")]

    def _draw(self, phrases: Mapping[str, Weighted], name: str) -> str:
        told = self._told.get(name)
        return self._stream.weighted(phrases[told]) if told else ""


def _usual(stream: Stream, words: tuple[str, ...]) -> str:
    """Draw a word, the first one twice as often as any other."""
    return stream.weighted([(2 if number == 0 else 1, word) for number, word in enumerate(words)])


def _be(plural: bool) -> str:
    return "are" if plural else "is"


def _article(determiner: str, adjectives: list[str], noun: str) -> str:
    """Return the determiner with "a" or "an" as the next word asks."""
    if determiner not in ("a", "an"):
        return determiner
    return "an" if (adjectives[0] if adjectives else noun)[0] in "aeiou" else "a"


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
