"""Datasets of one table of captions and whichever clips the user has, as files at any depth or in tar shards.

What is published without splits is parted by a seed, whole recordings together. A clip is found by its id, as in
`aacbench.datasets.shared.youtube`; clips whose videos or pages are gone are missing, and how many is noted.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aacbench.audio.source import audio_name
from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared import youtube
from aacbench.datasets.shared.audio import check_audio
from aacbench.datasets.shared.holdout import three_parts
from aacbench.datasets.shared.places import DatasetLocation
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.tables import refuse, twice
from aacbench.errors import UserError, first_few, one_line, unknown_name
from aacbench.types import Audio, Clip

SPLITS = ("development", "validation", "evaluation")
OPTIONS = ("audio", "validation", "evaluation", "seed")
YOUTUBE = "Y<youtube id>, <youtube id>_<start> or <youtube id>, as .wav, .flac, .mp3 ..."
_TIMED = re.compile(rf"[\w-]{{{youtube.ID}}}(_\d+(\.\d+)?){{0,2}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is published of a clip: `stems(id)` are the names that its file may have, without ending, likeliest first.

    They are made when a file is looked for, so that of millions of entries none holds them. `split` is None where the
    publication knows no splits. `elsewhere` are beginnings of folders' names (in lower case) in which a file of that
    name is another clip's.
    """

    id: str
    captions: tuple[str, ...]
    source: str
    stems: Callable[[str], Sequence[str]]
    split: str | None = None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """What a dataset of this kind is: its names and version, and the files of captions, as patterns.

    `layout` says how the user's clips are called; `others` are versions that are read from the same files.
    """

    name: str
    title: str
    version: str
    folders: Sequence[str]
    files: Sequence[str]
    layout: str
    others: Sequence[str] = ()


def open_published(
    known: Publication,
    options: DatasetOptions,
    settings: Settings,
    read: Callable[[Path], Iterable[Entry]],
    notes: Sequence[str] = (),
) -> CaptionedClips:
    """Return the dataset of a publication: `read` gives the entries of the folder with its files.

    Raises:
        UserError: its files are not where they were looked for, or are damaged.
    """

    def present(root: Path) -> bool:
        return any(next(root.glob(pattern), None) is not None for pattern in known.files)

    location = DatasetLocation(
        known.name,
        known.title,
        known.version,
        known.folders,
        present,
        " or ".join(known.files),
        others=known.others,
    )
    root = location.find_tables(options.data_dir)
    audio = settings.text("audio")
    clips = root if options.data_dir is None or root in location.candidates(options.data_dir) else options.data_dir
    return CaptionedClips(known, list(read(root)), Path(audio).expanduser() if audio else clips, settings, notes)


class CaptionedClips:
    """Published captions with the clips below `audio`."""

    splits: tuple[str, ...] = SPLITS

    def __init__(
        self, known: Publication, entries: Sequence[Entry], audio: Path, settings: Settings, notes: Sequence[str] = ()
    ) -> None:
        self.name, self.version, self.layout = known.name, known.version, known.layout
        self.audio, self._said = audio, notes
        refuse(audio, f"clips of {known.title}, wanted some; it has", [] if entries else ["none"])
        refuse(audio, f"ids of {known.title} that stand twice", twice(entry.id for entry in entries))
        refuse(audio, "clips without a caption", [entry.id for entry in entries if not all(entry.captions)])
        self._parts = self._parted(entries, settings)
        self._clips: dict[str, list[Clip]] = {}

    def _parted(self, entries: Sequence[Entry], settings: Settings) -> Mapping[str, Sequence[Entry]]:
        named = {split: [entry for entry in entries if entry.split == split] for split in SPLITS}
        rest = [entry for entry in entries if entry.split is None]
        held = 0.0 if named["evaluation"] else settings.fraction("evaluation", 0.05)
        share = 0.0 if named["validation"] else settings.fraction("validation", 0.05)
        drawn = three_parts(rest, share, held, settings.integer("seed", 0), lambda entry: entry.source)
        return {split: [*named[split], *drawn[split]] for split in SPLITS}

    def clips(self, split: str) -> list[Clip]:
        """Return the split's clips that exist, in the table's order; every header has been read.

        Raises:
            UserError: no such split, no clip at all, or clips that cannot be read.
        """
        if split not in SPLITS:
            raise unknown_name(f"split of {self.name}", split, SPLITS)
        if split not in self._clips:
            wanted = self._parts[split]
            there = {entry.id: audio for entry in wanted if (audio := self._find(entry)) is not None}
            if wanted and not there:
                names = first_few(wanted[0].stems(wanted[0].id))
                raise UserError(
                    f"{self.name} {split}: none of its {len(wanted):,} clips is below {self.audio} (wanted names such "
                    f"as {names}); bring the clips ({self.layout}; at any depth, or in tar shards) and name "
                    "their folder with --data-dir or the setting audio"
                )
            check_audio(
                f"{self.name} {split}", there, (), self.audio, "Mend them, or delete them: clips may be missing"
            )
            self._clips[split] = [
                Clip(entry.id, there[entry.id], entry.captions, source=entry.source)
                for entry in wanted
                if entry.id in there
            ]
        return list(self._clips[split])

    def notes(self) -> list[str]:
        """Return how many clips of each split exist, and what the dataset says of itself."""
        ids = {split: [entry.id for entry in part] for split, part in self._parts.items()}
        present = {split: [e.id for e in part if self._find(e) is not None] for split, part in self._parts.items()}
        return [*self._said, *(youtube.presence(split, ids[split], present[split]) for split in SPLITS)]

    def _find(self, entry: Entry) -> Audio | None:
        named = (audio for stem in (entry.id, *entry.stems(entry.id)) for audio in self._index.get(stem, ()))
        return next((audio for audio in named if not (entry.elsewhere and self._lies_in(audio, entry.elsewhere))), None)

    def _lies_in(self, audio: Audio, beginnings: tuple[str, ...]) -> bool:
        """Return whether a folder, or a shard, between the data's folder and the audio begins with one of these."""
        below = audio_name(audio).removeprefix(str(self.audio)).lower()
        return any(part.startswith(beginnings) for part in re.split(r"[/\\:]", below)[:-1])

    @cached_property
    def _index(self) -> dict[str, list[Audio]]:
        if not self.audio.is_dir():
            raise UserError(f"{self.name}: {self.audio} is no folder with clips; correct the setting audio")
        return youtube.index_all(self.audio)


def read_rows(path: Path, ids: Sequence[str], captions: Sequence[str]) -> Iterator[tuple[dict[str, str], str, str]]:
    """Yield each row of a table by column name, its id and its caption; both columns have one of several names.

    Rows are read as they are asked for: of millions, no more than one lies in memory.

    Raises:
        UserError: the file is no table in UTF-8, has none of the columns, or rows of another length than its header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            header = [name.strip() for name in table.fieldnames or ()]
            table.fieldnames = header
            name = next((name for name in ids if name in header), None)
            text = next((name for name in captions if name in header), None)
            if name is None or text is None:
                raise UserError(f"{path} lacks one of {first_few(ids)} or of {first_few(captions)}; found {header}")
            for row in table:
                if len(row) != len(header) or None in row.values():
                    raise UserError(f"{path}, line {table.line_num}: wanted {len(header)} cells, as in the header")
                yield row, row[name].strip(), row[text].strip()
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a table ({one_line(error)}); is it damaged?") from error


def video_entry(name: str, caption: str, split: str | None = None) -> Entry:
    """Return the entry of a clip that is called after its video: `Y<id>`, `<id>_<start>`, `<id>_<start>_<end>`, `<id>`.

    A video's id may itself begin with Y: the letter is a mark only where the rest is no id with times.
    """
    stem = name.rpartition("/")[2]
    stem = stem[: -len(ending)] if (ending := _ending(stem)) else stem
    return Entry(stem, (caption,), _bare(stem)[: youtube.ID], _video_stems, split)


def _bare(stem: str) -> str:
    """Return a name without the mark that it may begin with."""
    return stem[1:] if stem.startswith("Y") and len(stem) > youtube.ID and not _TIMED.fullmatch(stem) else stem


def _video_stems(stem: str) -> Sequence[str]:
    bare = _bare(stem)
    video = bare[: youtube.ID]
    return list(dict.fromkeys([stem, bare, f"Y{bare}", video, f"Y{video}"]))


def _ending(name: str) -> str:
    return next((ending for ending in (".wav", ".flac", ".mp3", ".m4a") if name.lower().endswith(ending)), "")
