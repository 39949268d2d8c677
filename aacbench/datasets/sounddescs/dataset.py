"""The dataset `sounddescs`: `descriptions.csv` (id, description), and the lists of its splits where they are there.

Lists are text files of ids, one a line: `train_list.txt`, `val_list.txt`, `test_list.txt`, there or in a folder such as
`group_filtered_split01`. Clips are called `<id>.wav`.
"""

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
)  # fmt: skip
from aacbench.datasets.shared.settings import Settings
from aacbench.datasets.shared.tables import read_text
from aacbench.errors import unknown_name

TABLE = "descriptions.csv"
LISTS = {"development": "train_list.txt", "validation": "val_list.txt", "evaluation": "test_list.txt"}
PAGE = "https://github.com/akoepke/audio-retrieval-benchmark"


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return SoundDescs as asked for; without lists of splits, parted by a seed.

    Raises:
        UserError: unknown version or setting, or no table where it was looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of sounddescs", str(options.version), ["v1"])
    settings = Settings("sounddescs", options.settings, OPTIONS)
    known = Publication("sounddescs", "SoundDescs", "v1", ("sounddescs", "SoundDescs"), (TABLE,), PAGE)
    return open_published(known, options, settings, _entries)


def _entries(root: Path) -> Iterator[Entry]:
    splits = dict(_listed(root))
    for _, name, caption in read_rows(root / TABLE, ("id", "file_name"), ("description", "caption")):
        stem = name.removesuffix(".wav")
        if not splits or stem in splits:  # what the lists leave out is left out by its authors
            yield Entry(stem, (caption,), stem, (stem,), splits.get(stem))


def _listed(root: Path) -> Iterator[tuple[str, str]]:
    for split, name in LISTS.items():
        for path in sorted(root.glob(f"**/{name}"))[:1]:
            for line in read_text(path).splitlines():
                if line.strip():
                    yield line.strip().removesuffix(".wav"), split
