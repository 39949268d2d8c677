"""The dataset `clotho`: reads a folder in the layouts in use, and checks a split before handing it out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.clotho.layout import audio_folder, captions_file, find_root, metadata_file
from aacbench.datasets.clotho.releases import MD5, Release, Split, release_of
from aacbench.datasets.clotho.tables import Metadata, read_captions, read_metadata
from aacbench.datasets.clotho.uncaptioned import FOLDERS, uncaptioned_clips, uncaptioned_folder
from aacbench.datasets.shared.audio import MatchedFiles, check_audio, match_files, near_note
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.tables import key, line_end_sums
from aacbench.errors import UserError, counted
from aacbench.types import Audio, Clip

TAGS = ("none", "keywords")


def open_dataset(options: DatasetOptions) -> Clotho:
    """Return Clotho as asked for; the setting `tags=keywords` gives clips their Freesound keywords as tags.

    Raises:
        UserError: unknown version or setting, or no Clotho where it was looked for.
    """
    tags = Settings("clotho", options.settings, ["tags"]).choice("tags", TAGS)
    release = release_of(options.version)
    return Clotho(find_root(options.data_dir, release.version), release, tags == "keywords")


class Clotho:
    """A version of Clotho in a folder; `splits` are those whose captions are there."""

    name = "clotho"

    def __init__(self, root: Path, release: Release, keywords_as_tags: bool = False) -> None:
        self.root = root
        self.release = release
        self.version = release.version
        self.keywords_as_tags = keywords_as_tags
        captioned = [split.name for split in release.splits if captions_file(root, split.name)]
        self.splits = (*captioned, *(split for split in FOLDERS if uncaptioned_folder(root, split)))
        self._clips: dict[str, list[Clip]] = {}
        self._captions: dict[str, dict[str, tuple[str, ...]]] = {}
        self._odd: list[str] = []

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips in the order of its captions file; every audio file has been opened.

        Raises:
            UserError: no such split here, a damaged table, or clips with missing or unreadable audio.
        """
        if split in FOLDERS:
            return uncaptioned_clips(self.root, split)
        if split not in self._clips:
            captions = self.captions(split)
            matched = self._files(split)
            self._check_audio(split, matched)
            metadata = self._metadata(split)
            self._clips[split] = [
                self._clip(name, texts, matched.files[name], metadata.get(key(name)))
                for name, texts in captions.items()
            ]
        return list(self._clips[split])

    def captions(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """Return the five captions of each of the split's clips by file name; no audio is needed.

        Raises:
            UserError: no such split here, or a damaged table.
        """
        self.release.split(split)
        if split not in self._captions:
            path = captions_file(self.root, split)
            if path is None:
                raise UserError(
                    f"clotho {self.version} in {self.root} has no split {split} "
                    f"(wanted clotho_captions_{split}.csv); {self._fetch_hint()}"
                )
            self._captions[split] = read_captions(path, self._odd)
        return self._captions[split]

    def captions_by_id(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """As `captions`: a clip's file name is its id."""
        return self.captions(split)

    @property
    def complete(self) -> bool:
        """Whether every split's captions are the official file of this version."""
        return not self._deviations

    def notes(self) -> list[str]:
        """Return what a reader of results must know: how this folder differs from the published dataset."""
        notes = [*self._deviations, *self._odd]
        captioned = [split for split in self.splits if split not in FOLDERS]
        if blind := [split for split in captioned if metadata_file(self.root, split) is None]:
            notes.append(f"recordings shared between splits are unknown: no metadata for {', '.join(blind)}")
        for split in captioned:
            if audio_folder(self.root, split):
                matched = self._files(split)
                notes += near_note(matched, split)
                if matched.unclaimed:
                    number = counted(matched.unclaimed, "audio file")
                    which = "which is" if matched.unclaimed == 1 else "which are"
                    notes.append(f"{split} has {number} without captions, {which} ignored")
        return notes

    @cached_property
    def _deviations(self) -> list[str]:
        return [note for split in self.release.splits if (note := self._deviation(split))]

    def _deviation(self, split: Split) -> str | None:
        path = captions_file(self.root, split.name)
        if path is None:
            return f"the split {split.name} is absent"
        sums = line_end_sums(path)
        if split.captions.md5 in sums:
            return None
        others = [version for (version, name), md5s in MD5.items() if name == split.name and md5s.split()[1] in sums]
        if others:
            return f"the captions of {split.name} are those of {others[0]}, not of {self.version}"
        count = len(self.captions(split.name))
        if count != split.clips:
            return f"{split.name} has {count:,} clips, the official split {split.clips:,}"
        return f"the captions of {split.name} differ from the official file"

    def _check_audio(self, split: str, matched: MatchedFiles) -> None:
        advice = f"Mend them, or {self._fetch_hint()}"
        folder = audio_folder(self.root, split)
        check_audio(f"clotho {self.version} {split}", matched.files, matched.missing, folder, advice, matched.hint)

    def _files(self, split: str) -> MatchedFiles:
        folder = audio_folder(self.root, split)
        if folder is None or not folder.is_dir():
            raise UserError(
                f"clotho {self.version} {split}: no folder with its audio in {self.root} (wanted {split} or "
                f"clotho_audio_files/{split}); unpack clotho_audio_{split}.7z there, or {self._fetch_hint()}"
            )
        return match_files(folder, self.captions(split))

    def _metadata(self, split: str) -> dict[str, Metadata]:
        path = metadata_file(self.root, split)
        return read_metadata(path) if path else {}

    def _clip(self, name: str, captions: tuple[str, ...], audio: Audio, metadata: Metadata | None) -> Clip:
        if metadata is None:
            return Clip(name, audio, captions)
        tags = metadata.keywords if self.keywords_as_tags else ()
        return Clip(name, audio, captions, tags=tags, source=metadata.source)

    def _fetch_hint(self) -> str:
        return f"run `aacbench fetch clotho --version {self.version} --data-dir {self.root}`"
