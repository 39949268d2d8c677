"""The dataset `audiosetcaps`: CSV files of captions, clips of AudioSet the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared.captioned import (
    OPTIONS,
    CaptionedClips,
    Entry,
    Publication,
    open_published,
    read_rows,
    video_entry,
)  # fmt: skip
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import unknown_name

FILES = ("*AudioSetCaps*caption*.csv", "Dataset/*AudioSetCaps*caption*.csv")
PAGE = "https://huggingface.co/datasets/baijs/AudioSetCaps"


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return AudioSetCaps as asked for, parted by a seed.

    Raises:
        UserError: unknown version or setting, or no table where it was looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of audiosetcaps", str(options.version), ["v1"])
    settings = Settings("audiosetcaps", options.settings, OPTIONS)
    known = Publication("audiosetcaps", "AudioSetCaps", "v1", ("audiosetcaps", "AudioSetCaps"), FILES, PAGE)
    return open_published(known, options, settings, _entries)


def _entries(root: Path) -> Iterator[Entry]:
    for path in sorted(path for pattern in FILES for path in root.glob(pattern)):
        for _, name, caption in read_rows(path, ("id", "youtube_id", "audio_id", "file_name"), ("caption", "captions")):
            yield video_entry(name, caption)
