"""The sixty event classes of version 2.0: those of 1.0 and three dozen more, each with its place in the tree.

`frequency` says how often a class is drawn, relative to the others: as in AudioSet, a few are common and many rare.
"""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.datasets.soundscapes.events import EVENTS, EventClass
from aacbench.datasets.soundscapes.second.tree import ROOTS
from aacbench.datasets.soundscapes.second.voices import creatures, instruments, people, things, water


@dataclass(frozen=True)
class Kind(EventClass):
    """An event class; `family` is its parent in the tree."""

    frequency: int = 4


_COMMON, _USUAL, _RARE, _RAREST = 24, 10, 4, 2


def _known(label: str, parent: str, frequency: int, *scenes: str) -> Kind:
    """Return a class of 1.0 at its place in the tree, at home in the scenes that it had and in these."""
    old = EVENTS[label]
    homes = (*old.scenes, *scenes)
    return Kind(label, parent, old.voice, old.stroke, old.gap, old.pitch, old.pace, homes, frequency)


_PEOPLE = (
    Kind("speech", "human voice", people.speech, pitch=True, scenes=("bus", "restaurant"), frequency=_COMMON),
    Kind("laughter", "human voice", people.laughter, scenes=("restaurant",), frequency=_USUAL),
    Kind("cough", "human voice", people.cough, (0.28, 0.42), (0.1, 0.3), scenes=("church", "bus"), frequency=_USUAL),
    Kind("baby cry", "human voice", people.baby, scenes=("bus", "kitchen"), frequency=_RARE),
    Kind("whistling", "human voice", people.whistling, pitch=True, scenes=("street",), frequency=_RARE),
    _known("hand clap", "human action", _USUAL, "church"),
    _known("footsteps", "human action", _COMMON, "church", "forest"),
    _known("applause", "human action", _RARE),
    Kind("typing", "human action", people.typing, pace=True, scenes=("office",), frequency=_USUAL),
)
_ANIMALS = (
    _known("dog bark", "domestic animal", _COMMON),
    _known("cat meow", "domestic animal", _USUAL),
    Kind("sheep bleat", "domestic animal", creatures.sheep, (0.55, 0.8), (0.1, 0.3), pitch=True, frequency=_RARE),
    Kind("cow moo", "domestic animal", creatures.cow, (0.8, 1.1), (0.1, 0.3), pitch=True, frequency=_RARE),
    Kind("rooster crow", "domestic animal", creatures.rooster, (0.9, 1.2), (0.1, 0.3), frequency=_RARE),
    Kind("duck quack", "domestic animal", creatures.duck, (0.2, 0.3), (0.1, 0.3), scenes=("park",), frequency=_USUAL),
    Kind("horse", "domestic animal", creatures.hooves, pace=True, scenes=("street",), frequency=_RARE),
    _known("bird chirp", "wild animal", _COMMON, "forest"),
    _known("frog croak", "wild animal", _RARE, "forest"),
    _known("crickets", "wild animal", _USUAL, "forest"),
    Kind("owl hoot", "wild animal", creatures.owl, (0.8, 1.1), (0.2, 0.4), scenes=("forest",), frequency=_RARE),
    Kind(
        "crow caw", "wild animal", creatures.crow, (0.35, 0.5), (0.1, 0.3), scenes=("park", "forest"), frequency=_USUAL
    ),
    Kind("bee buzz", "wild animal", creatures.bee, pitch=True, scenes=("park",), frequency=_RARE),
    Kind("wolf howl", "wild animal", creatures.wolf, (0.9, 1.3), (0.1, 0.3), pitch=True, frequency=_RAREST),
    Kind(
        "woodpecker", "wild animal", creatures.woodpecker, (0.5, 0.7), (0.2, 0.4), scenes=("forest",), frequency=_RAREST
    ),
)
_MUSIC = (
    _known("bell", "percussion", _USUAL, "church"),
    Kind("xylophone", "percussion", instruments.xylophone, (0.25, 0.4), (0.0, 0.1), pitch=True, frequency=_RAREST),
    Kind("drum", "percussion", instruments.drum, (0.2, 0.3), (0.1, 0.3), pitch=True, frequency=_USUAL),
    _known("piano", "melody instrument", _USUAL, "restaurant"),
    Kind("guitar", "melody instrument", instruments.guitar, (0.6, 0.9), (0.0, 0.1), pitch=True, frequency=_USUAL),
    Kind("flute", "melody instrument", instruments.flute, pitch=True, pace=True, frequency=_RARE),
    Kind("trumpet", "melody instrument", instruments.trumpet, (0.4, 0.7), (0.05, 0.2), pitch=True, frequency=_RARE),
)
_VEHICLES = (
    _known("engine", "vehicle", _COMMON, "bus"),
    _known("car horn", "vehicle", _USUAL, "bus"),
    _known("siren", "vehicle", _USUAL),
    _known("helicopter", "vehicle", _RARE),
    Kind("train", "vehicle", things.train, pace=True, scenes=("station",), frequency=_USUAL),
    Kind(
        "bicycle bell", "vehicle", things.bicycle, (0.4, 0.6), (0.1, 0.3), pitch=True, scenes=("park",), frequency=_RARE
    ),
    Kind("motorcycle", "vehicle", things.motorcycle, pitch=True, scenes=("street",), frequency=_USUAL),
    Kind("foghorn", "vehicle", things.foghorn, (0.8, 1.2), (0.1, 0.3), scenes=("seaside",), frequency=_RAREST),
)
_HOUSEHOLD = (
    _known("clock tick", "household", _USUAL, "church"),
    _known("glass clink", "household", _USUAL, "restaurant"),
    Kind("faucet", "household", water.faucet, scenes=("kitchen", "workshop"), frequency=_COMMON),
    Kind("vacuum cleaner", "household", things.vacuum, pitch=True, scenes=("office",), frequency=_RARE),
    Kind("frying", "household", things.frying, scenes=("kitchen", "restaurant"), frequency=_RARE),
    Kind("door slam", "household", things.slam, (0.45, 0.65), (0.1, 0.3), scenes=("office",), frequency=_USUAL),
    _known("door knock", "household", _COMMON),
)
_THINGS = (
    _known("beep", "alarm", _USUAL),
    Kind(
        "telephone",
        "alarm",
        things.telephone,
        (0.7, 1.0),
        (0.15, 0.3),
        pitch=True,
        scenes=("office",),
        frequency=_USUAL,
    ),
    Kind(
        "doorbell", "alarm", things.doorbell, (0.8, 1.1), (0.1, 0.2), pitch=True, scenes=("kitchen",), frequency=_RARE
    ),
    _known("drill", "tool", _USUAL, "workshop"),
    Kind("hammer", "tool", things.hammer, (0.22, 0.3), (0.1, 0.3), scenes=("workshop",), frequency=_USUAL),
    Kind("saw", "tool", things.saw, pace=True, scenes=("workshop",), frequency=_RARE),
    _known("gunshot", "explosion", _RARE),
    Kind("fireworks", "explosion", things.fireworks, (0.9, 1.2), (0.0, 0.2), frequency=_RAREST),
)
_NATURE = (
    _known("rain", "water", _COMMON, "forest"),
    Kind("stream", "water", water.brook, scenes=("forest", "park"), frequency=_USUAL),
    Kind(
        "dripping water",
        "water",
        water.drop,
        (0.12, 0.2),
        (0.15, 0.4),
        pitch=True,
        scenes=("kitchen",),
        frequency=_RARE,
    ),
    _known("wind", "weather", _COMMON, "forest"),
    _known("thunder", "weather", _USUAL),
    _known("fire", "natural sound", _RARE),
)

CLASSES: dict[str, Kind] = {
    kind.label: kind for kind in (*_PEOPLE, *_ANIMALS, *_MUSIC, *_VEHICLES, *_HOUSEHOLD, *_THINGS, *_NATURE)
}


def ancestors(label: str) -> tuple[str, ...]:
    """Return the parents of a class in the tree, the nearest first."""
    found: list[str] = []
    parent: str | None = CLASSES[label].family
    while parent is not None:
        found.append(parent)
        parent = ROOTS[parent]
    return tuple(found)


def with_ancestors(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Return classes and all their parents, each once, classes first: the tags of a clip."""
    return tuple(dict.fromkeys((*labels, *(parent for label in labels for parent in ancestors(label)))))
