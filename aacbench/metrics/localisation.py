"""Whether a system attends to a sound when it names it: the pointing game of visual grounding (Zhang et al. 2018,
"Top-down neural attention by excitation backprop"), in time; 0 to 1.

A word counts that names a sound of its clip, where it is known when the system attended at it (`word_seconds`).

- `localisation`: of these words, the share whose second lies while the sound is heard, both ends included.
- `localisation_chance`: the mean share of the clip, over the same words, that the sound covers: what attending at any
  time scores.

The clips are those of soundscapes, see `aacbench.metrics.known_shares`. A kind ("an animal") names no sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aacbench.datasets.soundscapes.composition import Composition
from aacbench.datasets.soundscapes.truth import Truth
from aacbench.errors import UserError
from aacbench.metrics.known_shares import KnownShares
from aacbench.types import ScoringItems, WordSeconds


@dataclass
class Localisation(KnownShares):
    """Where attention lies when a caption names a sound; `seed` is the dataset's."""

    columns = ("inside", "covered", "words")
    shares = (("localisation", "inside", "words"), ("localisation_chance", "covered", "words"))

    def counted(self, items: ScoringItems, known: Truth) -> list[Sequence[float]]:
        """Return for each caption how many words lie inside their sounds, the shares that these cover, and the words.

        Raises:
            UserError: the predictions say nothing of when a system attended.
        """
        if not any(items.word_seconds):
            raise UserError(
                "localisation wants to know when a system attended at its words, a column word_seconds of the "
                "predictions (one second a word, parted by blanks), which is missing or empty"
            )
        rows = zip(items.ids, items.candidates, items.word_seconds, strict=True)
        return [_counted(known, known.of(clip), caption, seconds) for clip, caption, seconds in rows]


def _counted(known: Truth, composition: Composition, caption: str, seconds: WordSeconds) -> tuple[int, float, int]:
    sounds = {sound.label: sound for sound in composition.sounds}
    inside, covered, words = 0, 0.0, 0
    for word, second in zip(caption.split(), seconds, strict=False):
        sound = sounds.get(known.reader.sound_of(word) or "")
        if sound is not None and second is not None:
            inside += sound.onset <= second <= sound.offset
            covered += (min(sound.offset, composition.seconds) - sound.onset) / composition.seconds
            words += 1
    return inside, covered, words
