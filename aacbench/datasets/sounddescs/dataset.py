"""The dataset `sounddescs`: descriptions of the BBC's sound effects, and the lists of its splits where they are there.

Descriptions are a pickle as published, `descriptions.pkl` (text by id), or a table of one's own, `descriptions.csv`
(id, description). Lists are text files of ids, one a line: `train_list.txt`, `val_list.txt`, `test_list.txt`, there or
in a folder such as `group_filtered_split01`. The case of ids differs between the published files and is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aacbench.contracts import DatasetOptions
from aacbench.datasets.shared.bbc import bbc_recording
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
from aacbench.errors import UserError, first_few, unknown_name
from aacbench.files.plain_pickle import load_plain

PICKLE, TABLE = "descriptions.pkl", "descriptions.csv"
FOLDERS = ("", "sounddescs_data")  # the second is the repository's
LISTS = {"development": "train_list.txt", "validation": "val_list.txt", "evaluation": "test_list.txt"}
LAYOUT = "<id>.wav, .flac, .mp3 ..., as the BBC's archive calls them"
LARGEST = 2**26  # bytes of the pickle


def open_dataset(options: DatasetOptions) -> CaptionedClips:
    """Return SoundDescs as asked for; without lists of splits, parted by a seed.

    Raises:
        UserError: unknown version or setting, or no descriptions where they were looked for.
    """
    if options.version not in (None, "v1"):
        raise unknown_name("version of sounddescs", str(options.version), ["v1"])
    settings = Settings("sounddescs", options.settings, OPTIONS)
    files = tuple(str(Path(folder, name)) for folder in FOLDERS for name in (PICKLE, TABLE))
    known = Publication("sounddescs", "SoundDescs", "v1", ("sounddescs", "SoundDescs"), files, LAYOUT)
    return open_published(known, options, settings, _entries)


def _entries(root: Path) -> Iterator[Entry]:
    splits = {name: split for split, path in _lists(root) for name in listed(path)}
    paths = [root / folder / name for folder in FOLDERS for name in (PICKLE, TABLE)]
    for stem, caption in described(next(path for path in paths if path.is_file())):
        if not splits or stem.lower() in splits:  # what the lists leave out is left out by its authors
            yield Entry(stem, (caption,), bbc_recording(stem), _spellings, splits.get(stem.lower()))


def _spellings(stem: str) -> list[str]:
    return list(dict.fromkeys([stem, stem.lower(), stem.upper()]))


def described(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the ids and descriptions of a pickle or a table; clips with several have them joined.

    Raises:
        UserError: the file is damaged or holds something else.
    """
    if path.suffix != ".pkl":
        for _, name, caption in read_rows(path, ("id", "file_name"), ("description", "caption")):
            yield _bare(name), caption
        return
    texts = load_plain(path, LARGEST)
    if not isinstance(texts, dict):
        raise UserError(f"{path} holds no descriptions by id")
    for name, text in texts.items():
        parts = [text] if isinstance(text, str) else text
        if not (isinstance(name, str) and isinstance(parts, (list, tuple)) and all(isinstance(p, str) for p in parts)):
            raise UserError(f"{path} holds something else than descriptions by id: {first_few([repr(name)])}")
        if caption := " ".join(part.strip() for part in parts).strip():
            yield _bare(name), caption


def _lists(root: Path) -> Iterator[tuple[str, Path]]:
    for split, name in LISTS.items():
        for path in sorted(root.glob(f"**/{name}"))[:1]:
            yield split, path


def listed(path: Path) -> list[str]:
    """Return the ids in a list of a split, in lower case."""
    return [_bare(line.strip()).lower() for line in read_text(path).splitlines() if line.strip()]


def _bare(name: str) -> str:
    return name[:-4] if name.lower().endswith(".wav") else name
