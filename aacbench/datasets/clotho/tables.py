"""Clotho's CSV files. Captions are UTF-8, metadata ISO-8859-1 since v2; v2.1 has CRLF line ends.

File names are keys and are taken to the letter: some begin with a blank, many hold commas or brackets. Names
are equal if they are equal in Unicode form C.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from aacbench.errors import UserError, first_few

CAPTIONS = tuple(f"caption_{number}" for number in range(1, 6))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a clip's recording: its Freesound id, where it was found, and its keywords."""

    source: str | None
    keywords: tuple[str, ...]


def key(name: str) -> str:
    """Return the form in which two spellings of one name are equal."""
    return normalize("NFC", name)


def read_captions(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the five captions of each clip by file name, in the file's order, without outer white space.

    Raises:
        UserError: other columns, broken rows, repeated names, names with a path, empty captions.
    """
    rows = _rows(path, _decode_utf8(path), ("file_name", *CAPTIONS))
    if not rows:
        raise UserError(f"{path} has no clips, only a header; fetch it again")
    names = [row["file_name"] for row in rows]
    _refuse(
        path, "rows without a file name", [line for line, name in enumerate(names, 2) if not name.strip()]
    )
    _refuse(
        path,
        "names that hold a path",
        [name for name in names if name in (".", "..") or "/" in name or "\0" in name],
    )
    counts = Counter(key(name) for name in names)
    _refuse(path, "names that stand twice", [name for name, count in counts.items() if count > 1])
    captions = {row["file_name"]: tuple(row[column].strip() for column in CAPTIONS) for row in rows}
    _refuse(path, "clips with an empty caption", [name for name, texts in captions.items() if not all(texts)])
    return captions


def read_metadata(path: Path) -> dict[str, Metadata]:
    """Return what the metadata file says of each clip, by the `key` of its file name.

    Raises:
        UserError: other columns or broken rows.
    """
    raw = _bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("iso-8859-1")
    return {key(row["file_name"]): _metadata(row) for row in _rows(path, text, ("file_name", "sound_id"))}


def _metadata(row: Mapping[str, str]) -> Metadata:
    source = row["sound_id"].strip()
    keywords = (word.strip() for word in row.get("keywords", "").split(";"))
    return Metadata(
        source if source.isdecimal() else None, tuple(dict.fromkeys(word for word in keywords if word))
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error


def _decode_utf8(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 (byte {error.start}): another program saved it anew; fetch the original"
        ) from error


def _rows(path: Path, text: str, wanted: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows by column name; blank lines are passed over."""
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row] or [[]]
    except csv.Error as error:
        raise UserError(f"{path} is no sound CSV file ({error}); fetch it again") from error
    if missing := [column for column in wanted if column not in header]:
        raise UserError(
            f"{path} lacks the column {first_few(missing)}; wanted {', '.join(wanted)}, "
            f"found {', '.join(header) or 'nothing'}"
        )
    _refuse(path, f"rows without {len(header)} fields", [row[0] for row in rows if len(row) != len(header)])
    return [dict(zip(header, row, strict=True)) for row in rows]


def _refuse(path: Path, what: str, found: Iterable[object]) -> None:
    if items := list(found):
        raise UserError(
            f"{path} has {len(items)} {what}: {first_few(items)}; mend the file or fetch it again"
        )
