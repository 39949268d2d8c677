"""The dataset as aacbench sees it: clips with audio on disk, references, tags, scene and event times.

Audio is generated into the cache on first use; all the rest is recomputed from the seed, which takes under a
millisecond a clip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.soundscapes.composition import Composition
from aacbench.datasets.soundscapes.editions import KEPT, edition
from aacbench.datasets.soundscapes.generate import clip_path, missing, write_clips
from aacbench.datasets.soundscapes.grammar import Reference
from aacbench.datasets.soundscapes.settings import POOLS, SPLITS, VERSION, SoundscapesSettings, clip_id
from aacbench.errors import UserError, first_few
from aacbench.files.cache_dir import cache
from aacbench.files.content import note_made
from aacbench.runtime.progress import progress
from aacbench.types import Clip, Event


@dataclass(frozen=True)
class Description:
    """All that is known of a clip: its composition, and references with what each mentions."""

    id: str
    composition: Composition
    references: tuple[Reference, ...]


@lru_cache(maxsize=KEPT)
def describe(settings: SoundscapesSettings, split: str, index: int) -> Description:
    """Return the description of the clip at `index` (from 0) of a split.

    Raises:
        UserError: an unknown split, or an index the split does not have.
    """
    size = settings.size(split)
    if not 0 <= index < size:
        raise UserError(f"soundscapes split {split!r} has clips 0 to {size - 1}, got index {index}")
    known = edition(settings)
    composition = known.compose(settings, split, index)
    references = () if split in POOLS else known.references(settings, composition, split, index)
    return Description(clip_id(split, index), composition, references)


class Soundscapes:
    """The procedural dataset. `folder` (by default in aacbench's cache) holds one folder a seed and range of
    lengths.
    """

    name = "soundscapes"
    splits: tuple[str, ...] = SPLITS

    def __init__(self, settings: SoundscapesSettings | None = None, folder: Path | None = None) -> None:
        self.settings = settings or SoundscapesSettings()
        self.version = self.settings.version
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where the clips of these settings lie: one folder a split."""
        return (self._folder or cache("datasets", self.name)) / self.settings.key()

    def clips(self, split: str) -> list[Clip]:
        """Return the clips of a split in order; audio that is missing or damaged is generated first.

        Raises:
            UserError: an unknown split, or a folder that cannot be written.
        """
        self._generate(split)
        return [self._clip(split, index) for index in range(self.settings.size(split))]

    def pool(self, label: str) -> Mapping[str, list[Clip]] | None:
        """Return the clips that are kept for pretraining on `tags` or `scene`, None where there are none.

        The last tenth validates.
        """
        split = {"tags": "tagged", "scene": "scenes"}.get(label)
        if split is None or not getattr(self.settings, split):
            return None
        clips = self.clips(split)
        held = max(1, len(clips) // 10)
        return {"training": clips[:-held], "validation": clips[-held:]}

    def captions_by_id(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """Return the captions of a split by clip id; no audio is generated."""
        known = (describe(self.settings, split, index) for index in range(self.settings.size(split)))
        return {one.id: tuple(reference.text for reference in one.references) for one in known}

    def event_words(self) -> Mapping[str, Sequence[str]]:
        """Return the words that name each event class in captions."""
        return {label: sorted(words.cues) for label, words in edition(self.settings).words.items()}

    def _clip(self, split: str, index: int) -> Clip:
        known = describe(self.settings, split, index)
        sounds = known.composition.sounds
        return Clip(
            id=known.id,
            audio=clip_path(self.folder, split, index),
            captions=tuple(reference.text for reference in known.references),
            tags=edition(self.settings).tags(tuple(sound.label for sound in sounds)),
            scene=known.composition.scene,
            events=tuple(Event(sound.label, sound.onset, round(sound.offset, 3)) for sound in sounds),
        )

    def _generate(self, split: str) -> None:
        """Write what is not there yet or was altered; remember what all hold."""
        self._write(split, missing(self.settings, self.folder, split))
        note_made(clip_path(self.folder, split, index) for index in range(self.settings.size(split)))

    def _write(self, split: str, wanted: Sequence[int]) -> None:
        """Write clips with a progress bar on standard error."""
        if not wanted:
            return
        done = count(1)
        try:
            with progress(f"generating soundscapes {split}", len(wanted), late=True) as bar:
                write_clips(self.settings, self.folder, split, wanted, lambda: bar.update(next(done)))
        except OSError as error:
            raise UserError(
                f"cannot write soundscapes clips to {self.folder} ({error.strerror}); "
                "free some space there or set AACBENCH_HOME to another folder"
            ) from error
        left = missing(self.settings, self.folder, split)
        if left:
            names = first_few([clip_id(split, index) for index in left])
            raise UserError(f"soundscapes clips {names} in {self.folder} changed while they were written; run again")


def from_options(options: DatasetOptions) -> Soundscapes:
    """Return the dataset as the command line asks for it: settings `preset`, `seed`, sizes and lengths as
    texts.

    Raises:
        UserError: an unknown version or setting.
    """
    settings = SoundscapesSettings.from_texts(options.settings, options.version or VERSION)
    folder = options.data_dir
    if folder is not None and folder.is_dir():
        names = [path.name for path in folder.iterdir()]
        if names and not any(SoundscapesSettings.is_key(name) for name in names):
            raise UserError(
                f"{folder} holds other files ({first_few(names)}); soundscapes are generated: leave out --data-dir for "
                "aacbench's cache, or name an empty folder"
            )
    return Soundscapes(settings, folder)
