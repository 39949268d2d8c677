"""AudioCaps' caption files: audiocap_id, youtube_id, start_time (s), caption. A row is a caption, not a clip."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from aacbench.datasets.shared.tables import read_table, refuse, twice

COLUMNS = ("audiocap_id", "youtube_id", "start_time", "caption")
VIDEO = re.compile(r"[\w-]{11}", re.ASCII)

Key = tuple[str, int]  # a clip: its video's id and where it starts, in seconds


def clip_id(clip: Key) -> str:
    """Return a clip's name, whatever its file is called: `<youtube id>_<start>`."""
    return f"{clip[0]}_{clip[1]}"


def read_captions(path: Path, notes: list[str] | None = None) -> dict[Key, tuple[str, ...]]:
    """Return the captions of each clip, in the file's order, without outer white space.

    With `notes`, a few broken rows are mended or left out, and noted.

    Raises:
        UserError: other columns, broken rows, repeated caption ids, ids or times that are none, empty captions.
    """
    rows = read_table(path, COLUMNS, notes=notes)
    refuse(path, "rows below the header (wanted some)", [] if rows else ["0 rows"])
    refuse(
        path, "youtube ids that are none", [row["youtube_id"] for row in rows if not VIDEO.fullmatch(row["youtube_id"])]
    )
    odd = [row["start_time"] for row in rows if not re.fullmatch(r"\d{1,6}", row["start_time"])]
    refuse(path, "start times that are no whole seconds", odd)
    refuse(path, "audiocap ids that stand twice", twice(row["audiocap_id"] for row in rows))
    refuse(path, "empty captions", [row["audiocap_id"] for row in rows if not row["caption"].strip()])
    captions: dict[Key, list[str]] = defaultdict(list)
    for row in rows:
        captions[row["youtube_id"], int(row["start_time"])].append(row["caption"].strip())
    return {clip: tuple(texts) for clip, texts in captions.items()}
