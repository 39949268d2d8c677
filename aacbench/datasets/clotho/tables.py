"""Clotho's CSV files. Captions are UTF-8, metadata ISO-8859-1 since v2; v2.1 has CRLF line ends.

File names are keys and are taken to the letter: some begin with a blank, many hold commas or brackets. Names
are equal if they are equal in Unicode form C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aacbench.datasets.shared.tables import check_names, key, parse_table, read_bytes, read_table, refuse
from aacbench.errors import UserError
from aacbench.files.tables import Text

CAPTIONS = tuple(f"caption_{number}" for number in range(1, 6))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a clip's recording: its Freesound id, where it was found, and its keywords."""

    source: str | None
    keywords: tuple[str, ...]


def read_captions(path: Path, notes: list[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the five captions of each clip by file name, in the file's order, without outer white space.

    With `notes`, a few broken rows are mended or left out, and noted.

    Raises:
        UserError: other columns, broken rows, repeated names, names with a path, empty captions.
    """
    rows = read_table(path, ("file_name", *CAPTIONS), notes=notes)
    if not rows:
        raise UserError(f"{path} has no clips, only a header; fetch it again")
    names = [row["file_name"] for row in rows]
    check_names(path, names)
    captions = {row["file_name"]: tuple(row[column].strip() for column in CAPTIONS) for row in rows}
    refuse(path, "clips with an empty caption", [name for name, texts in captions.items() if not all(texts)])
    return captions


def read_metadata(path: Path) -> dict[str, Metadata]:
    """Return what the metadata file says of each clip, by the `key` of its file name.

    Raises:
        UserError: other columns or broken rows.
    """
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("iso-8859-1")
    rows = parse_table(path, Text(path, text), ("file_name", "sound_id"))
    return {key(row["file_name"]): _metadata(row) for row in rows}


def _metadata(row: Mapping[str, str]) -> Metadata:
    source = row["sound_id"].strip()
    keywords = (word.strip() for word in row.get("keywords", "").split(";"))
    return Metadata(source if source.isdecimal() else None, tuple(dict.fromkeys(word for word in keywords if word)))
