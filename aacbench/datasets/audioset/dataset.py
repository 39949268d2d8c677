"""The dataset `audioset`: labels of the clips that the user has, for pretraining.

`balanced` and `unbalanced` are the training sets and `evaluation` is the evaluation set; `development` and `validation`
are the training set chosen by the setting `training`, without and with a part held out by video.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.audioset.segments import FILES, LABELS_FILE, SEGMENTS, Segment, read_labels, read_segments
from aacbench.datasets.shared import youtube
from aacbench.datasets.shared.audio import check_audio
from aacbench.datasets.shared.holdout import hold_out
from aacbench.datasets.shared.places import DatasetLocation
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import UserError, unknown_name
from aacbench.types import Audio, Clip

OPTIONS = ("training", "validation", "seed", "audio")
TRAINING = ("balanced", "unbalanced")
CSV_FOLDERS = ("", "csv", "metadata", "segments")
SCHEMES = "<youtube id>_<start>, Y<youtube id> or <youtube id>, as .wav, .flac, .opus, .mp3 ..."


def open_dataset(options: DatasetOptions) -> AudioSet:
    """Return AudioSet as asked for.

    Settings: `training` is balanced (the default) or unbalanced, `validation` the fraction held out of it (0.1), `seed`
    which one (0), `audio` the folder of clips where `--data-dir` does not name it.

    Raises:
        UserError: unknown version or setting, or no tables where they were looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of audioset", str(options.version), ["v1"])
    settings = Settings("audioset", options.settings, OPTIONS)
    location = DatasetLocation(
        "audioset",
        "AudioSet",
        "v1",
        ("audioset/v1", "audioset", "AudioSet"),
        lambda root: _table(root, LABELS_FILE) is not None,
        f"{LABELS_FILE}, there or in csv",
    )
    if options.data_dir is not None and not options.data_dir.is_dir():
        location.find(options.data_dir)
    named = [root for root in location.candidates(options.data_dir) if location.present(root)]
    root = named[0] if named else location.find(None)
    audio = settings.text("audio")
    return AudioSet(root, Path(audio).expanduser() if audio else options.data_dir or root, settings)


def _table(root: Path, name: str) -> Path | None:
    return next((path for folder in CSV_FOLDERS if (path := root / folder / name).is_file()), None)


class AudioSet:
    """AudioSet's tables in `root`, clips below `audio`."""

    name = "audioset"
    version = "v1"

    def __init__(self, root: Path, audio: Path, settings: Settings) -> None:
        self.root, self.audio = root, audio
        self.training = settings.choice("training", TRAINING)
        self.validation = settings.fraction("validation", 0.1)
        self.seed = settings.integer("seed", 0)
        sets = [name for name, file in FILES.items() if _table(root, file)]
        self.splits = (*(("development", "validation") if self.training in sets else ()), *sets)
        self._clips: dict[str, list[Clip]] = {}
        self._presence: dict[str, str] = {}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of all labels, in AudioSet's order."""
        return tuple(self._names.values())

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips that exist, with their labels as tags; every header has been read.

        Raises:
            UserError: no such split, a damaged table, no clip at all, or clips that cannot be read.
        """
        if split in ("development", "validation"):
            clips = self.clips(self.training)
            return hold_out(clips, self.validation, self.seed, lambda clip: str(clip.source))[split == "validation"]
        if split not in FILES:
            raise unknown_name("split of audioset", split, ["development", "validation", *FILES])
        if split not in self._clips:
            self._clips[split] = self._load(split)
        return list(self._clips[split])

    def notes(self) -> list[str]:
        """Return which clips of each set that was opened exist."""
        return [self._presence[split] for split in FILES if split in self._presence]

    def _load(self, split: str) -> list[Clip]:
        path = _table(self.root, FILES[split])
        if path is None:
            raise UserError(f"audioset in {self.root} lacks {FILES[split]}; run `aacbench fetch audioset`")
        wanted, there = [], []
        files: dict[str, tuple[Segment, Audio]] = {}
        for segment in read_segments(path, self._names):
            if segment.id in files:
                raise UserError(f"{path} has the segment {segment.id} twice; mend the file or fetch it again")
            wanted.append(segment.id)
            if audio := self._index.find(segment.video, segment.start, segment.end):
                files[segment.id] = segment, audio
                there.append(segment.id)
        if not files:
            raise UserError(
                f"audioset {split}: none of its {len(wanted):,} clips is below {self.audio}; bring the clips "
                f"(named {SCHEMES}) and name their folder with --data-dir"
            )
        advice = "Mend them, or delete them: clips may be missing"
        check_audio(f"audioset {split}", {name: file for name, (_, file) in files.items()}, (), self.audio, advice)
        deviation = "" if len(wanted) == SEGMENTS[split] else f" (the official set has {SEGMENTS[split]:,})"
        self._presence[split] = youtube.presence(split, wanted, there) + deviation
        return [Clip(name, file, tags=segment.labels, source=segment.video) for name, (segment, file) in files.items()]

    @cached_property
    def _names(self) -> dict[str, str]:
        path = _table(self.root, LABELS_FILE)
        if path is None:
            raise UserError(f"audioset in {self.root} lacks {LABELS_FILE}; run `aacbench fetch audioset`")
        return read_labels(path)

    @cached_property
    def _index(self) -> youtube.Clips:
        if not self.audio.is_dir():
            raise UserError(f"audioset: {self.audio} is no folder with clips; correct --data-dir or the setting audio")
        return youtube.Clips(self.audio)
