"""The dataset `audiosetcaps`: CSV files of captions, clips of AudioSet, VGGSound and YouTube-8M the user's own.

Each source has a file: AudioSet's ids are `Y<youtube id>`, VGGSound's `<youtube id>_<start>`, YouTube-8M's
`<youtube id>_<start>_<seconds>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared.captioned import (
    OPTIONS,
    YOUTUBE,
    CaptionedClips,
    Entry,
    Publication,
    open_published,
    read_rows,
    video_entry,
)  # fmt: skip
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import UserError, unknown_name

SOURCES = {
    "audioset": "AudioSetCaps_caption.csv",
    "vggsound": "VGGSound_AudioSetCaps_caption.csv",
    "youtube-8m": "YouTube-8M_AudioSetCaps_caption.csv",
}
FOLDERS = ("", "Dataset")  # the second is the repository's
DEFAULT = "audioset"


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return AudioSetCaps as asked for, parted by a seed; `sources=audioset,vggsound` takes several files.

    Raises:
        UserError: unknown version, setting or source, or no table where it was looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of audiosetcaps", str(options.version), ["v1"])
    settings = Settings("audiosetcaps", options.settings, (*OPTIONS, "sources"))
    asked = [name.strip() for name in (settings.text("sources") or DEFAULT).split(",")]
    for name in asked:
        if name not in SOURCES:
            raise unknown_name("source of audiosetcaps", name, SOURCES)
    files = tuple(str(Path(folder, SOURCES[name])) for folder in FOLDERS for name in asked)
    known = Publication("audiosetcaps", "AudioSetCaps", "v1", ("audiosetcaps", "AudioSetCaps"), files, YOUTUBE)
    return open_published(known, options, settings, lambda root: _entries(root, asked))


def _entries(root: Path, asked: Sequence[str]) -> Iterator[Entry]:
    seen: set[str] = set()
    for name in asked:
        path = next((path for folder in FOLDERS if (path := root / folder / SOURCES[name]).is_file()), None)
        if path is None:
            raise UserError(f"{root} has no {SOURCES[name]}; get it with `aacbench fetch audiosetcaps`")
        for entry in entries(path):
            if len(asked) == 1 or entry.id not in seen:  # AudioSet and VGGSound share some clips
                yield entry
            if len(asked) > 1:
                seen.add(entry.id)


def entries(path: Path) -> Iterator[Entry]:
    """Yield the clips of a file; raises `UserError` where it is none of them."""
    for _, name, caption in read_rows(path, ("id", "youtube_id", "audio_id", "file_name"), ("caption", "captions")):
        yield video_entry(name, caption)
