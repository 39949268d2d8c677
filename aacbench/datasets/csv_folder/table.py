"""The CSV file of one's own data, comma, semicolon or tab between its columns.

`file_name` is the path from the audio folder. Captions are in `caption_1`, `caption_2`, ... (some may be empty), or in
`caption`, where a clip may have several rows. Labels are in `labels`, separated by `;`. Optional: `split`
(development, validation or evaluation; train, val, test and other usual names mean the same) and `source`, the
recording that a clip was cut from.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from pathlib import Path

from aacbench.datasets.shared.tables import check_names, damage_named, parse_table, read_text, refuse, twice
from aacbench.errors import UserError, cut, first_few

SPLITS = {
    "development": ("development", "dev", "train", "training"),
    "validation": ("validation", "val", "valid"),
    "evaluation": ("evaluation", "eval", "test", "testing"),
}
OWN = {spelling: split for split, spellings in SPLITS.items() for spelling in spellings}


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What the table says of a clip; `split` is None where it says nothing."""

    name: str
    captions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    split: str | None = None
    source: str | None = None


def read_captions(path: Path, split_column: str = "split") -> list[ClipRow]:
    """Return the clips with their captions, in the file's order.

    Raises:
        UserError: no such columns, broken or repeated rows, clips without a caption, or names of splits that are none.
    """
    header, rows = _rows(path)
    columns = [name for name in header if re.fullmatch(r"caption_[0-9]{1,6}", name)]
    columns.sort(key=lambda name: int(name[8:]))
    if not columns and "caption" not in header:
        raise UserError(
            f"{path} lacks captions; wanted caption_1, caption_2, ... or caption, found {first_few(header, 8)}"
        )
    single = not columns
    check_names(path, [row["file_name"] for row in rows], folders=True, repeats=single)
    found: dict[str, ClipRow] = {}
    for row in rows:
        texts = tuple(text for name in columns or ["caption"] if (text := row[name].strip()))
        new = replace(_row(path, row, split_column), captions=texts)
        old = found.get(new.name)
        if old and (old.split, old.source) != (new.split, new.source):
            raise UserError(f"{path} puts the clip {cut(new.name)!r} into two splits or sources; mend the file")
        found[new.name] = replace(new, captions=(*old.captions, *texts)) if old else new
    refuse(path, "clips without a caption", [row.name for row in found.values() if not row.captions])
    if single:
        refuse(path, "rows that stand twice", twice(f"{row['file_name']}: {row['caption'].strip()}" for row in rows))
    return list(found.values())


def read_labels(path: Path, column: str = "labels", split_column: str = "split") -> list[ClipRow]:
    """Return the clips with their labels, in the file's order.

    Raises:
        UserError: no such columns, broken or repeated rows, clips without a label, or names of splits that are none.
    """
    header, rows = _rows(path)
    if column not in header:
        raise UserError(
            f"{path} lacks the column {column!r}; found {first_few(header, 8)}: name one with the setting column"
        )
    check_names(path, [row["file_name"] for row in rows], folders=True)
    found = []
    for row in rows:
        labels = (label.strip() for label in row[column].split(";"))
        found.append(replace(_row(path, row, split_column), labels=tuple(dict.fromkeys(filter(None, labels)))))
    refuse(path, "clips without a label", [row.name for row in found if not row.labels])
    return found


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    text = read_text(path)
    with damage_named(path):
        delimiter = _delimiter(text)
    rows = parse_table(path, text, ("file_name",), delimiter=delimiter)
    refuse(path, "rows below the header (wanted some)", [] if rows else ["0 rows"])
    return list(rows[0]), rows


def _delimiter(text: str) -> str:
    """Return what separates the columns of the first line that holds `file_name` as a whole field."""
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for delimiter in ",;\t":
        fields = next(csv.reader([first], delimiter=delimiter), [])
        if "file_name" in fields and len(fields) > 1:
            return delimiter
    return ","


def _row(path: Path, row: dict[str, str], split_column: str) -> ClipRow:
    split = row.get(split_column, "").strip().lower()
    if split and split not in OWN:
        clip = cut(row["file_name"])
        raise UserError(f"{path} has the split {cut(split)!r} (clip {clip!r}); wanted {', '.join(SPLITS)}")
    source = row.get("source", "").strip()
    return ClipRow(row["file_name"], split=OWN[split] if split else None, source=source or None)
