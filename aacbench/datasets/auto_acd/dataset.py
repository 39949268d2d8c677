"""The dataset `auto-acd`: `train.csv` and `test.csv` of captions, clips of AudioSet and VGGSound the user's own."""

from __future__ import annotations

from collections.abc import Iterator
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
from aacbench.errors import unknown_name

FILES = {"train.csv": None, "test.csv": "evaluation"}


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return Auto-ACD as asked for; validation clips are held out of the training table by a seed.

    Raises:
        UserError: unknown version or setting, or no table where it was looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of auto-acd", str(options.version), ["v1"])
    settings = Settings("auto-acd", options.settings, OPTIONS)
    known = Publication("auto-acd", "Auto-ACD", "v1", ("auto-acd", "Auto-ACD", "auto_acd"), tuple(FILES), YOUTUBE)
    return open_published(known, options, settings, _entries)


def _entries(root: Path) -> Iterator[Entry]:
    for name, split in FILES.items():
        if (root / name).is_file():
            yield from entries(root / name, split)


def entries(path: Path, split: str | None = None) -> Iterator[Entry]:
    """Yield the clips of a file; raises `UserError` where it is none of them."""
    for _, clip, caption in read_rows(path, ("id", "youtube_id", "video_id", "audio"), ("caption",)):
        yield video_entry(clip, caption, split)
