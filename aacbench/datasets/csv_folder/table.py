"""The table of one's own data, in any of the forms that `aacbench.files.tables` reads.

`file_name` is the path from the audio folder (`filename`, `file`, `fname`, `path`, `audio` mean the same). Captions are
in `caption_1`, `caption_2`, ... (some may be empty), or in `caption`, where a clip may have several rows, and one
caption may come twice. Labels are in `labels`, separated by `;`. Optional: a column of splits (`split_names`) and
`source`, the recording that a clip was cut from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aacbench.datasets.shared.split_names import meanings, split_column
from aacbench.datasets.shared.tables import refuse, twice
from aacbench.errors import UserError, cut, first_few
from aacbench.files.tables import TextTable, read_table

NAMES = ("file_name", "filename", "file", "fname", "path", "audio")


@dataclass(frozen=True, slots=True)
class ClipRow:
    """What the table says of a clip; `split` is None where it says nothing."""

    name: str
    captions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    split: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ClipRows:
    """The clips of a table, in its order, and what is odd about it."""

    rows: Sequence[ClipRow]
    notes: Sequence[str] = ()


def read_captions(path: Path, column_of_splits: str | None = None) -> ClipRows:
    """Return the clips with their captions.

    Raises:
        UserError: no such columns, broken or repeated rows, clips without a caption, or names of splits that are none.
    """
    table = _read(path)
    columns = [name for name in table.header if re.fullmatch(r"caption_[0-9]{1,6}", name)]
    columns.sort(key=lambda name: int(name[8:]))
    if not columns and "caption" not in table.header:
        raise UserError(
            f"{path} lacks captions; wanted caption_1, caption_2, ... or caption, found {first_few(table.header, 8)}"
        )
    rows: dict[str, ClipRow] = {}
    for record, row in _rows(table, column_of_splits, repeats=not columns):
        texts = tuple(text for name in columns or ["caption"] if (text := record[name].strip()))
        old = rows.get(row.name)
        if old and (old.split, old.source) != (row.split, row.source):
            raise UserError(f"{path} puts the clip {cut(row.name)!r} into two splits or sources; mend the file")
        rows[row.name] = replace(row, captions=(*(old.captions if old else ()), *texts))
    refuse(path, "clips without a caption", [row.name for row in rows.values() if not row.captions])
    return ClipRows(list(rows.values()), table.warnings)


def read_labels(path: Path, column: str = "labels", column_of_splits: str | None = None) -> ClipRows:
    """Return the clips with their labels.

    Raises:
        UserError: no such columns, broken or repeated rows, clips without a label, or names of splits that are none.
    """
    table = _read(path)
    if column not in table.header:
        raise UserError(
            f"{path} lacks the column {column!r}; found {first_few(table.header, 8)}: name one with the setting column"
        )
    rows = []
    for record, row in _rows(table, column_of_splits, repeats=False):
        labels = (label.strip() for label in record[column].split(";"))
        rows.append(replace(row, labels=tuple(dict.fromkeys(filter(None, labels)))))
    refuse(path, "clips without a label", [row.name for row in rows if not row.labels])
    return ClipRows(rows, table.warnings)


def _read(path: Path) -> TextTable:
    table = read_table(path, NAMES)
    table.require_whole()
    return table


def _rows(table: TextTable, column: str | None, repeats: bool) -> Iterator[tuple[dict[str, str], ClipRow]]:
    """Yield each row by column name, and what all tables say of a clip; names stand once unless `repeats`."""
    path, records = table.path, table.records()
    name = next(name for name in NAMES if name in table.header)
    refuse(path, "rows without a file name", [line for line, row in enumerate(records, 2) if not row[name].strip()])
    refuse(path, "names that hold what no name may", [cut(row[name]) for row in records if "\0" in row[name]])
    if not repeats:
        refuse(path, "names that stand twice", twice(row[name] for row in records))
    splits = split_column(path, table.header, column)
    meaning = meanings(path, splits, (row[splits] for row in records)) if splits else {}
    for row in records:
        source = row.get("source", "").strip()
        yield row, ClipRow(row[name], split=meaning.get(row[splits]) if splits else None, source=source or None)
