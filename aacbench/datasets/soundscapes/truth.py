"""What is known of clips that captions are scored for: which version they are of, and what happens in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from aacbench.datasets.soundscapes.composition import Composition
from aacbench.datasets.soundscapes.dataset import Description, describe
from aacbench.datasets.soundscapes.diagnostics import reader
from aacbench.datasets.soundscapes.editions import edition
from aacbench.datasets.soundscapes.reading import Reader
from aacbench.datasets.soundscapes.settings import SPLITS, VERSIONS, SoundscapesSettings
from aacbench.errors import UserError, cut

_ID = re.compile(rf"({'|'.join(SPLITS)})-(\d{{4,6}})\.wav")


@dataclass(frozen=True)
class Truth:
    """The clips of one version and seed by id, and what reads captions of them."""

    settings: SoundscapesSettings
    reader: Reader

    def of(self, clip: str) -> Composition:
        """Return what happens in a clip."""
        return _described(self.settings, *_place(clip)).composition

    def kinds(self, composition: Composition) -> frozenset[str]:
        """Return the classes of a clip's sounds, and the kinds of sounds that they are of."""
        return frozenset(edition(self.settings).tags(tuple(sound.label for sound in composition.sounds)))


def recognised(ids: Sequence[str], references: Sequence[Sequence[str]], seed: int = 0) -> Truth:
    """Return the truth of the clips, whose references tell the version.

    Raises:
        UserError: they are no clips of soundscapes, or not of this seed and the usual lengths.
    """
    for version in VERSIONS:
        settings = replace(SoundscapesSettings.preset("large", version), seed=seed)
        if all(_is_of(settings, *pair) for pair in zip(ids, references, strict=True)):
            return Truth(settings, reader(settings))
    raise UserError(
        f"what is heard in these clips is not known (the first is {cut(ids[0]) if ids else 'missing'}): their names "
        f"and references are not those of soundscapes with seed {seed}; for another, set the metric's seed"
    )


def _is_of(settings: SoundscapesSettings, clip: str, references: Sequence[str]) -> bool:
    """Whether the references are the clip's; some may be missing."""
    match = _ID.fullmatch(clip)
    if match is None or not 0 < int(match[2]) <= settings.size(match[1]):
        return False
    known = _described(settings, *_place(clip)).references
    return set(references) <= {reference.text for reference in known}


def _place(clip: str) -> tuple[str, int]:
    match = _ID.fullmatch(clip)
    if match is None:
        raise UserError(f"{cut(clip)} is no clip of soundscapes")
    return match[1], int(match[2]) - 1


@lru_cache(maxsize=16_384)
def _described(settings: SoundscapesSettings, split: str, index: int) -> Description:
    return describe(settings, split, index)
