"""The dataset `macs`: captions from MACS.yaml, recordings of TAU scenes 2019.

The recordings are looked for beside MACS.yaml, in the setting `audio`, and where `aacbench fetch tau-scenes` puts them.
There are no official splits: `development`, `validation` and `evaluation` are parts by place of recording, for each
scene; `all` is everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.macs.annotations import CLIPS, FILE, MOST, Annotated, read_annotations
from aacbench.datasets.shared import tau
from aacbench.datasets.shared.audio import check_audio, match_files
from aacbench.datasets.shared.holdout import three_parts
from aacbench.datasets.shared.places import DatasetLocation
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import unknown_name
from aacbench.files.cache_dir import home
from aacbench.types import Audio, Clip

SPLITS = ("development", "validation", "evaluation", "all")
TAU = tau.FOLDERS["2019"]


def open_dataset(options: DatasetOptions) -> Macs:
    """Return MACS as asked for.

    Settings: `audio` is the folder of the recordings, `validation` and `evaluation` the fractions held out (0.1 each),
    `seed` which ones (0).

    Raises:
        UserError: unknown version or setting, or no MACS.yaml where it was looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of macs", str(options.version), ["v1"])
    settings = Settings("macs", options.settings, ("audio", "validation", "evaluation", "seed"))
    folders = ("macs/v1", "macs", "MACS")
    location = DatasetLocation("macs", "MACS", "v1", folders, lambda root: (root / FILE).is_file(), FILE)
    return Macs(location.find(options.data_dir), settings)


class Macs:
    """MACS in a folder."""

    name = "macs"
    version = "v1"
    splits: tuple[str, ...] = SPLITS

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root, self.settings = root, settings
        self._clips: dict[str, list[Clip]] = {}

    @cached_property
    def annotations(self) -> dict[str, Annotated]:
        """Captions and tags of each clip by file name; no audio is needed."""
        return read_annotations(self.root / FILE)

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips, with captions, tags and scene; every header has been read.

        Raises:
            UserError: no such split, a damaged MACS.yaml, or clips with missing or unreadable audio.
        """
        if split not in SPLITS:
            raise unknown_name("split of macs", split, SPLITS)
        if split not in self._clips:
            names = self._parts[split]
            files, missing, folders = self.find_files(names)
            where = ", ".join(map(str, folders)) or f"{self.root / 'audio'} (there is no such folder)"
            command = f"aacbench fetch macs --data-dir {self.root}"
            advice = f"Mend them, name their folder with the setting audio, or run `{command}`"
            check_audio(f"macs {split}", files, missing, where, advice)
            self._clips[split] = [self._clip(name, files[name]) for name in names]
        return list(self._clips[split])

    def notes(self) -> list[str]:
        """Return how this copy differs from the published set, and that the splits are not official."""
        notes = ["MACS has no official splits: these are by place of recording"]
        if len(self.annotations) != CLIPS:
            notes.append(f"{FILE} has {len(self.annotations):,} clips, the official one {CLIPS:,}")
        if odd := sum(not 2 <= len(clip.captions) <= MOST for clip in self.annotations.values()):
            notes.append(f"{odd} clips have other than 2 to {MOST} captions")
        return notes

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        names = list(self.annotations)
        validation, evaluation = (self.settings.fraction(name, 0.1) for name in ("validation", "evaluation"))
        seed = self.settings.integer("seed", 0)
        return {**three_parts(names, validation, evaluation, seed, _place_of, _scene_of), "all": names}

    def _clip(self, name: str, path: Audio) -> Clip:
        known = self.annotations[name]
        return Clip(name, path, known.captions, known.tags, _scene_of(name) or None, source=_place_of(name))

    def find_files(self, names: Sequence[str]) -> tuple[dict[str, Audio], list[str], list[Path]]:
        """Return the recordings of clips by name, the clips that have none, and the folders that were looked in."""
        files: dict[str, Audio] = {}
        folders = [folder for folder in self._folders() if folder.is_dir()]
        for folder in folders:
            files |= match_files(folder, [name for name in names if name not in files]).files
        return files, [name for name in names if name not in files], folders

    def _folders(self) -> Iterator[Path]:
        if audio := self.settings.text("audio"):
            yield Path(audio).expanduser()
            return
        yield from (self.root / "audio", self.root / TAU / "audio", self.root)
        yield home() / "datasets" / "tau-scenes" / "2019" / TAU / "audio"


def _place_of(name: str) -> str:
    parsed = tau.parse(name)
    return parsed.place if parsed else name


def _scene_of(name: str) -> str:
    parsed = tau.parse(name)
    return parsed.scene if parsed else ""
