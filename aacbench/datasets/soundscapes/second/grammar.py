"""References of version 2.0: the grammar of 1.0 with more ways to link sounds, and annotators who say less exactly.

One in sixteen times a sound is called by its kind alone ("an animal calls").
"""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.datasets.soundscapes.composition import WORDING, Composition, Sound
from aacbench.datasets.soundscapes.grammar import TEMPLATES, Reference, Style, word
from aacbench.datasets.soundscapes.phrases import Weighted
from aacbench.datasets.soundscapes.randomness import Stream
from aacbench.datasets.soundscapes.second.classes import ancestors
from aacbench.datasets.soundscapes.second.composition import clip_stream
from aacbench.datasets.soundscapes.second.words.classes import WORDS
from aacbench.datasets.soundscapes.second.words.parents import PARENTS
from aacbench.datasets.soundscapes.second.words.places import PLACES
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.words import Words

_VAGUE = 0.06
_MORE: dict[str, Weighted] = {
    "one": ((1, "P0 can be heard"), (1, "a recording of P0")),
    "sequence": (
        (2, "S0, then S1"),
        (1, "S0 and afterwards S1"),
        (1, "S0 and a moment later S1"),
        (1, "S1 after S0"),
    ),
    "overlap": ((1, "N1 and N0 together"), (1, "F1, with P0 at the same time"), (1, "over P0, F1")),
    "three in a row": ((1, "S0 and then S1, before S2"), (1, "S0, later S1, and finally S2")),
    "overlap, then one": ((1, "F1 while F0, and afterwards S2"), (1, "S1 over N0, then S2")),
    "two over one": ((1, "over P0, S1 and then S2"), (1, "S1 and afterwards S2 while F0")),
}


@dataclass(frozen=True)
class VagueStyle(Style):
    """Annotators who now and then hear only of what kind a sound is."""

    def words_of(self, sound: Sound, stream: Stream) -> Words:
        """Return the words for the sound, or for the nearest of its parents that has a word."""
        if stream.chance(_VAGUE):
            for parent in ancestors(sound.label):
                if parent in PARENTS:
                    return PARENTS[parent]
        return self.words[sound.label]


STYLE = VagueStyle(
    words=WORDS,
    settings=PLACES,
    templates={name: (*usual, *_MORE[name]) for name, usual in TEMPLATES.items()},
    said_of_scene={
        1: ((9, "place"), (2, "ambience"), (1, "abstract"), (6, "")),
        2: ((6, "place"), (1, "ambience"), (1, "abstract"), (10, "")),
        3: ((3, "place"), (1, "abstract"), (14, "")),
    },
    most={1: 3, 2: 2, 3: 1},
    noticed=(0.75, 0.94),
)


def references(
    settings: SoundscapesSettings, composition: Composition, split: str, index: int
) -> tuple[Reference, ...]:
    """Return the five references of a clip."""
    return word(composition, clip_stream(settings, split, index, WORDING), STYLE)
