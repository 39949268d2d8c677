"""The versions of the dataset side by side: what each composes, renders and says. What one gives never changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aacbench.datasets.soundscapes import composition as first
from aacbench.datasets.soundscapes import render as first_audio
from aacbench.datasets.soundscapes.composition import WORDING, Composition
from aacbench.datasets.soundscapes.grammar import STYLE, Reference, word
from aacbench.datasets.soundscapes.grammar import Style as Style
from aacbench.datasets.soundscapes.second import composition as second
from aacbench.datasets.soundscapes.second import render as second_audio
from aacbench.datasets.soundscapes.second.classes import with_ancestors
from aacbench.datasets.soundscapes.second.grammar import STYLE as SECOND_STYLE
from aacbench.datasets.soundscapes.second.grammar import references as second_references
from aacbench.datasets.soundscapes.second.words.parents import PARENTS
from aacbench.datasets.soundscapes.settings import SoundscapesSettings
from aacbench.datasets.soundscapes.words import Words


@dataclass(frozen=True)
class Edition:
    """One version. `tags` gives a clip's tags by the classes of its sounds; `parents` are words for kinds of sounds."""

    compose: Callable[[SoundscapesSettings, str, int], Composition]
    render: Callable[[SoundscapesSettings, str, int], NDArray[np.int16]]
    references: Callable[[SoundscapesSettings, Composition, str, int], tuple[Reference, ...]]
    style: Style
    parents: Mapping[str, Words]
    tags: Callable[[tuple[str, ...]], tuple[str, ...]]

    @property
    def words(self) -> Mapping[str, Words]:
        """The words by class."""
        return self.style.words


def _first_references(
    settings: SoundscapesSettings, composition: Composition, split: str, index: int
) -> tuple[Reference, ...]:
    return word(composition, first.clip_stream(settings, split, index, WORDING))


def _as_they_are(labels: tuple[str, ...]) -> tuple[str, ...]:
    return labels


KEPT = 8192  # clips: a run asks for those of the dataset and its pools several times
_first_compose, _second_compose = lru_cache(maxsize=KEPT)(first.compose), lru_cache(maxsize=KEPT)(second.compose)
_EDITIONS = {
    "1.0": Edition(_first_compose, first_audio.render, _first_references, STYLE, {}, _as_they_are),
    "2.0": Edition(_second_compose, second_audio.render, second_references, SECOND_STYLE, PARENTS, with_ancestors),
}


def edition(settings: SoundscapesSettings) -> Edition:
    """Return the version that the settings name."""
    return _EDITIONS[settings.version]
