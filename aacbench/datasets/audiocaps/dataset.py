"""The dataset `audiocaps`: captions from CSV files, and whichever clips the user has.

`--data-dir` names a folder with the clips, at any depth; the CSV files may lie there too, else those that
`aacbench fetch audiocaps` got are read. Splits are also known by their official names train, val and test.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.audiocaps.captions import Key, clip_id, read_captions
from aacbench.datasets.audiocaps.releases import OFFICIAL, tables, version_of
from aacbench.datasets.shared import youtube
from aacbench.datasets.shared.audio import check_audio
from aacbench.datasets.shared.places import DatasetLocation
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.tables import line_end_sums
from aacbench.errors import UserError, unknown_name
from aacbench.types import Audio, Clip

CSV_FOLDERS = {
    "v1": ("", "dataset", "v1", "csv_files_v1", "csv_files/v1", "csv_files", "csv"),
    "v2": ("", "dataset2.0", "v2", "csv_files_v2", "csv_files/v2", "csv_files", "csv"),
}
NAMED = 100  # so many missing clips of a split are named in the notes
SCHEMES = "<youtube id>_<start>, Y<youtube id> or <youtube id>, as .wav, .flac, .opus, .mp3 ..."


def open_dataset(options: DatasetOptions) -> AudioCaps:
    """Return AudioCaps as asked for; the setting `audio=FOLDER` names the clips where `--data-dir` does not.

    `training=train_fixed` takes `train_fixed.csv`, version 1's training captions mended, in place of `train.csv`. Where
    it is published could not be verified (see aac-datasets' documentation of AudioCaps).

    Raises:
        UserError: unknown version or setting, or no captions where they were looked for.
    """
    version = version_of(options.version)
    settings = Settings("audiocaps", options.settings, ["audio", "training"])
    training = settings.choice("training", ("train", "train_fixed"))

    def present(root: Path) -> bool:
        return any(_table(root, version, split) for split in OFFICIAL)

    wanted = f"{' or '.join(f'{name}.csv' for name in OFFICIAL.values())}, there or in {CSV_FOLDERS[version][1]}"
    location = DatasetLocation(
        "audiocaps", "AudioCaps", version, (f"audiocaps/{version}", "audiocaps", "AUDIOCAPS"), present, wanted
    )
    root = location.find_tables(options.data_dir)
    audio = settings.text("audio")
    clips = Path(audio).expanduser() if audio else options.data_dir or root
    if training != "train" and _table(root, version, "development", training) is None:
        raise UserError(f"audiocaps in {root} has no {training}.csv; put it beside the other tables")
    return AudioCaps(version, root, clips, training)


def _table(root: Path, version: str, split: str, training: str = "train") -> Path | None:
    name = training if split == "development" else OFFICIAL[split]
    names = (root / folder / f"{name}.csv" for folder in CSV_FOLDERS[version])
    return next((path for path in names if path.is_file()), None)


class AudioCaps:
    """A version of AudioCaps: captions in `root`, clips below `audio`; `splits` are those whose captions are there."""

    name = "audiocaps"

    def __init__(self, version: str, root: Path, audio: Path, training: str = "train") -> None:
        self.version, self.root, self.audio, self.training = version, root, audio, training
        self.splits = tuple(split for split in OFFICIAL if _table(root, version, split, training))
        self._captions: dict[str, dict[Key, tuple[str, ...]]] = {}
        self._clips: dict[str, list[Clip]] = {}
        self._odd: list[str] = []

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips that exist, in the order of its captions file; every header has been read.

        Raises:
            UserError: no such split here, a damaged table, no clip at all, or clips that cannot be read.
        """
        split = _own_name(split)
        if split not in self._clips:
            captions = self.captions(split)
            files = self._files(split)
            if not files:
                raise UserError(
                    f"audiocaps {self.version} {split}: none of its {len(captions):,} clips is below {self.audio}; "
                    f"bring the clips (named {SCHEMES}) and name their folder with --data-dir"
                )
            paths = {clip_id(clip): path for clip, path in files.items()}
            advice = "Mend them, or delete them: clips may be missing"
            check_audio(f"audiocaps {self.version} {split}", paths, (), self.audio, advice)
            self._clips[split] = [
                Clip(clip_id(clip), path, captions[clip], source=clip[0]) for clip, path in files.items()
            ]
        return list(self._clips[split])

    def captions(self, split: str) -> Mapping[Key, tuple[str, ...]]:
        """Return the captions of all the split's clips, by video id and start in seconds; no audio is needed.

        Raises:
            UserError: no such split here, or a damaged table.
        """
        split = _own_name(split)
        if split not in self._captions:
            path = _table(self.root, self.version, split, self.training)
            if path is None:
                raise UserError(
                    f"audiocaps {self.version} in {self.root} has no split {split} (wanted {OFFICIAL[split]}.csv); "
                    f"run `aacbench fetch audiocaps --version {self.version}`"
                )
            self._captions[split] = read_captions(path, self._odd)
        return self._captions[split]

    def captions_by_id(self, split: str) -> Mapping[str, tuple[str, ...]]:
        """As `captions`, by `<youtube id>_<start>`."""
        return {clip_id(clip): texts for clip, texts in self.captions(split).items()}

    def notes(self) -> list[str]:
        """Return which clips of each split exist, and how its captions differ from the published ones."""
        notes = []
        for split in OFFICIAL:
            if split not in self.splits:
                notes.append(f"the split {split} is absent")
                continue
            if deviation := self._deviation(split):
                notes.append(deviation)
            wanted = [clip_id(clip) for clip in self.captions(split)]
            notes.append(youtube.presence(split, wanted, [clip_id(clip) for clip in self._files(split)], NAMED))
        return [*self._odd, *notes]

    def _deviation(self, split: str) -> str | None:
        path = _table(self.root, self.version, split, self.training)
        table = tables(self.version)[split]
        rows = sum(map(len, self.captions(split).values()))
        if rows != table.rows:
            return f"{split} has {rows:,} captions, the official split {table.rows:,}"
        if path and table.file.md5 and table.file.md5 not in line_end_sums(path):
            return f"the captions of {split} differ from the official file of {self.version}"
        return None

    @cached_property
    def _index(self) -> youtube.Clips:
        if not self.audio.is_dir():
            raise UserError(f"audiocaps: {self.audio} is no folder with clips; correct --data-dir or the setting audio")
        return youtube.Clips(self.audio)

    def _files(self, split: str) -> dict[Key, Audio]:
        paths = {clip: self._index.find(clip[0], clip[1]) for clip in self.captions(split)}
        return {clip: path for clip, path in paths.items() if path}


def _own_name(split: str) -> str:
    names = {**{name: name for name in OFFICIAL}, **{official: name for name, official in OFFICIAL.items()}}
    if split not in names:
        raise unknown_name("split of audiocaps", split, OFFICIAL)
    return names[split]
