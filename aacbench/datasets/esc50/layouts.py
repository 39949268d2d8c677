"""How ESC lies on disk: `meta/esc50.csv` with `audio/`, or a folder for each class, `001 - Dog bark/1-100032-A.ogg`.

A file name is `<fold>-<Freesound id>-<take>[-<class>]`; clips of one Freesound recording are all in one fold.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aacbench.datasets.shared.tables import check_names, read_table, refuse
from aacbench.errors import UserError, counted, first_few
from aacbench.files.audio_files import is_audio

CLASS_FOLDER = re.compile(r"\d{1,3} ?- ?(?P<label>.+)")
CLIP_NAME = re.compile(r"(?P<fold>[1-5])-(?P<recording>\d+)-(?P<take>[A-Z])(-\d+)?", re.ASCII)
COLUMNS = ("filename", "fold", "category", "esc10")


@dataclass(frozen=True, slots=True)
class Sound:
    """A clip: its file's name, its place in the folder of the dataset, its class, fold and Freesound recording."""

    name: str
    place: str
    label: str
    fold: int
    recording: str
    in_ten: bool


def table(root: Path) -> Path | None:
    """Return the table of the first layout, or None."""
    return next((path for name in ("meta/esc50.csv", "esc50.csv") if (path := root / name).is_file()), None)


def class_folders(root: Path) -> dict[str, Path]:
    """Return the folders of the second layout by label; `Dog bark` is the label of `001 - Dog bark`."""
    if not root.is_dir():
        return {}
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    return {match["label"]: path for path in folders if (match := CLASS_FOLDER.fullmatch(path.name))}


def read_sounds(root: Path) -> list[Sound]:
    """Return all clips, of either layout.

    Raises:
        UserError: neither layout, a damaged table, or audio files whose names are not ESC's.
    """
    path = table(root)
    sounds = list(_from_table(path) if path else _from_folders(root))
    if not sounds:
        raise UserError(f"{root} holds no clips of ESC; download it again")
    return sounds


def _from_table(path: Path) -> Iterator[Sound]:
    rows = read_table(path, COLUMNS)
    check_names(path, [row["filename"] for row in rows])
    refuse(path, "folds that are not 1 to 5", [row["fold"] for row in rows if row["fold"] not in tuple("12345")])
    refuse(path, "rows without a category", [row["filename"] for row in rows if not row["category"].strip()])
    for row in rows:
        name = row["filename"]
        parsed = CLIP_NAME.fullmatch(name.rpartition(".")[0])
        recording = parsed["recording"] if parsed else row.get("src_file", name)
        label = row["category"].replace("_", " ")
        yield Sound(name, f"audio/{name}", label, int(row["fold"]), recording, row["esc10"].strip().lower() == "true")


def _from_folders(root: Path) -> Iterator[Sound]:
    odd = []
    for label, folder in class_folders(root).items():
        for name in sorted(os.listdir(folder)):
            if not is_audio(name) or name.startswith("._"):
                continue
            parsed = CLIP_NAME.fullmatch(name.rpartition(".")[0])
            if parsed is None:
                odd.append(f"{folder.name}/{name}")
                continue
            yield Sound(name, f"{folder.name}/{name}", label, int(parsed["fold"]), parsed["recording"], True)
    if odd:
        raise UserError(
            f"{root} has {counted(len(odd), 'audio file that is', 'audio files that are')} not called "
            f"<fold>-<recording>-<take>: {first_few(odd)}; "
            "take them out"
        )
