"""What happens in a clip of version 2.0: as in 1.0, of more classes, some of them rare, and more varied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from aacbench.datasets.soundscapes.composition import COMPOSITION, Composition, Layout, Ranges, by_onset
from aacbench.datasets.soundscapes.events import EventClass
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.second.classes import CLASSES, Kind
from aacbench.datasets.soundscapes.second.scenes import SCENES
from aacbench.datasets.soundscapes.settings import EVERY_SPLIT, POOLS, SoundscapesSettings

_VERSION = 2
_LAYOUTS = (
    (4, "one"),
    (6, "sequence"),
    (5, "overlap"),
    (4, "sequence of three"),
    (3, "overlap, then one"),
    (3, "two over one"),
)
_AT_HOME = 3


class VariedLayout(Layout):
    """Draws classes as often as they are heard, more often in scenes where they are at home."""

    classes: ClassVar[Mapping[str, EventClass]] = CLASSES
    pitches: ClassVar[Ranges] = {"low": (0.56, 0.7), None: (0.84, 1.2), "high": (1.42, 1.75)}
    paces: ClassVar[Ranges] = {"slow": (0.58, 0.72), None: (0.88, 1.14), "fast": (1.5, 1.85)}

    def weight(self, kind: EventClass) -> int:
        """Return the class's frequency, more where it is at home."""
        often = kind.frequency if isinstance(kind, Kind) else 1
        return often * (_AT_HOME if self.scene in kind.scenes else 1)


def clip_stream(settings: SoundscapesSettings, split: str, index: int, purpose: int) -> Stream:
    """Return the stream of one purpose of one clip; no clip of 1.0 has it."""
    return Stream(settings.seed, EVERY_SPLIT.index(split), index, purpose, _VERSION)


def compose(settings: SoundscapesSettings, split: str, index: int) -> Composition:
    """Return what happens in a clip; those of the pools are as short as clips may be."""
    stream = clip_stream(settings, split, index, COMPOSITION)
    longest = settings.min_seconds if split in POOLS else settings.max_seconds
    seconds = round(stream.uniform(settings.min_seconds, longest), 2)
    scene = stream.pick(tuple(SCENES))
    layout = stream.weighted(_LAYOUTS)
    return Composition(seconds, scene, by_onset(VariedLayout(stream, seconds, scene).sounds(layout)))
