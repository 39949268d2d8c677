"""The dataset `musiccaps`: the published table, clips of YouTube the user's own.

Clips of AudioSet's evaluation set are `evaluation`; validation clips are held out of the others by a seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared import youtube
from aacbench.datasets.shared.captioned import (
    OPTIONS,
    YOUTUBE,
    CaptionedClips,
    Entry,
    Publication,
    open_published,
    read_rows,
)  # fmt: skip
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import UserError, cut, unknown_name

TABLE = "musiccaps-public.csv"


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return MusicCaps as asked for.

    Raises:
        UserError: unknown version or setting, or no table where it was looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of musiccaps", str(options.version), ["v1"])
    settings = Settings("musiccaps", options.settings, OPTIONS)
    known = Publication("musiccaps", "MusicCaps", "v1", ("musiccaps", "MusicCaps"), (TABLE,), YOUTUBE)
    return open_published(known, options, settings, lambda root: entries(root / TABLE))


def entries(path: Path) -> Iterator[Entry]:
    """Yield the clips of the table; raises `UserError` where it is none."""
    for row, video, caption in read_rows(path, ("ytid",), ("caption",)):
        try:
            start, end = float(row["start_s"]), float(row["end_s"])
        except (KeyError, ValueError) as error:
            raise UserError(f"{path} has no times of the clip {cut(video)!r}; is it damaged?") from error
        split = "evaluation" if row.get("is_audioset_eval", "").strip().lower() == "true" else None
        yield Entry(f"{video}_{start:g}", (caption,), video, partial(_stems, video, start, end), split)


def _stems(video: str, start: float, end: float, name: str) -> list[str]:
    return [*youtube.stems(video, start, end)]
