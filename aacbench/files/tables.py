"""The one reader of tables that others made: CSV in any usual encoding, with any usual separator and line ends.

Text is UTF-8 (with or without a byte-order mark), UTF-16, or, with a warning, Windows-1252. Columns are separated by
commas, semicolons or tabs (`sep=;` in a first line of its own says which); cells in "quotation marks" may hold any of
them, and line ends. Lines end as on Unix, Windows or old Macs. Blanks around the header's names are dropped, cells are
taken as they stand. `-` is the standard input.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aacbench.errors import UserError, counted, cut, first_few
from aacbench.files.safe_read import read_bytes

STDIN = Path("-")
DELIMITERS = (",", "\t", ";")
_BINARY = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\x1f\x8b": "gzip-compressed",
    b"\x93NUMPY": "a NumPy array",
}
_FIELD = 2**24  # characters of a cell; the csv module stops at 2**17


@dataclass(frozen=True)
class Text:
    """A file's text, and warnings about its encoding."""

    path: Path
    text: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextTable:
    """A file's cells as they stand; every row has its line number and at most as many cells as the header."""

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]
    warnings: list[str] = field(default_factory=list)

    def column(self, name: str) -> int:
        """Return the number of the column called `name`.

        Raises:
            UserError: there is none; the columns are named.
        """
        if name not in self.header:
            raise UserError(f"{self.path} has no column {name!r}; its columns are {first_few(self.header, 8)}")
        return self.header.index(name)

    def require_whole(self) -> None:
        """Refuse rows with fewer cells than the header.

        Raises:
            UserError: there are some; the first ones are named.
        """
        short = [line for line, cells in self.rows if len(cells) < len(self.header)]
        if short:
            raise UserError(
                f"{self.path}, line {short[0]}: fewer cells than the {len(self.header)} of the header"
                + (f", and so in {counted(len(short) - 1, 'more line')}" if short[1:] else "")
                + "; an empty cell still needs its separator"
            )

    def records(self) -> list[dict[str, str]]:
        """Return the rows by column name; cells that a row does not have are empty."""
        width = len(self.header)
        padded = ([*cells, *[""] * (width - len(cells))] for _, cells in self.rows)
        return [dict(zip(self.header, cells, strict=True)) for cells in padded]


def read_text(path: Path) -> Text:
    """Return a file's text; `-` is the standard input.

    Raises:
        UserError: it cannot be read or is not text.
    """
    raw = sys.stdin.buffer.read() if path == STDIN else read_bytes(path, "a CSV file")
    encoding = _utf16(raw)
    if encoding:
        try:
            return Text(path, raw.decode(encoding).removeprefix("\ufeff"))
        except UnicodeDecodeError as error:
            raise UserError(f"{path} begins like UTF-16 but is not ({error.reason}); save as UTF-8") from error
    kind = next((what for magic, what in _BINARY.items() if raw.startswith(magic)), None)
    if kind or b"\x00" in raw:
        raise UserError(f"{path} is not a text file{f' ({kind})' if kind else ''}; wanted CSV, best in UTF-8")
    try:
        return Text(path, raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        warning = f"{path} is not UTF-8 (byte {error.start}); read as Windows-1252: look at its accented letters"
        return Text(path, raw.decode("cp1252", errors="replace"), (warning,))


def _utf16(raw: bytes) -> str | None:
    """Return the UTF-16 encoding of `raw`: by its mark, or, without one, where every other byte of ASCII is zero."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    start = raw[:64]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(start) >= 8 and len(raw) % 2 == 0 and not any(start[first::2]) and all(start[1 - first :: 2]):
            return encoding
    return None


def read_table(path: Path, columns: Sequence[str] = ()) -> TextTable:
    """Read a table; it has at least one of `columns`, which also tell its separator, if any are given.

    Raises:
        UserError: as `parse_table`, or the file cannot be read.
    """
    return parse_table(read_text(path), columns)


def parse_table(
    source: Text, columns: Sequence[str] = (), delimiter: str | None = None, any_length: bool = False
) -> TextTable:
    """Return the table in a text; rows of `any_length` are kept as they are, for the caller to judge.

    Raises:
        UserError: it is empty, has none of `columns`, repeats a column, has no rows, a row has too many cells, or a
            quotation mark is not closed.
    """
    path, text = source.path, source.text
    if not text.strip():
        raise UserError(f"{path} is empty; wanted a CSV file with a header line")
    skipped = 0
    told = re.match(r'"?sep=(\t|[^\r\n"]?)"?(\r\n|\r|\n)', text, re.IGNORECASE)
    if told:
        delimiter, text, skipped = delimiter or told[1] or ",", text[told.end() :], 1
    delimiter = delimiter or _delimiter(text, columns)
    lines = _csv_lines(path, text, delimiter, skipped)
    _, header = next(lines, (0, []))
    header = [_bare(cell) for cell in header]
    while header and not header[-1]:  # a separator at the end of the line
        header.pop()
    if columns and not {*columns} & {*header}:
        raise UserError(
            f"{path} has no column {' or '.join(map(repr, columns[:3]))}; its columns are {first_few(header, 8)} "
            f"(separated by {_spelt(delimiter)})"
        )
    repeated = sorted(name for name, count in Counter(header).items() if name and count > 1)
    if repeated:
        raise UserError(f"{path} has these columns more than once: {first_few(repeated)}")
    width = None if any_length else len(header)
    rows = [(line, cells if width is None else _row(path, line, cells, width)) for line, cells in lines]
    if not rows:
        raise UserError(f"{path} has a header but no rows")
    return TextTable(path, header, rows, list(source.warnings))


def _row(path: Path, line: int, cells: list[str], width: int) -> list[str]:
    if any(cells[width:]):
        raise UserError(
            f"{path}, line {line}: {len(cells)} cells where the header has {width}; "
            'put captions and file names that hold the separator in "quotation marks"'
        )
    return cells[:width]


def _delimiter(text: str, columns: Sequence[str]) -> str:
    """Return the separator: the one that makes one of `columns` of the first line, else the one it has most of."""
    lines = (match[0] for match in re.finditer(r"[^\r\n]+", text))
    first = next(line for line in lines if line.strip())
    split = {
        delimiter: [cell.strip().strip('"').strip() for cell in first.split(delimiter)] for delimiter in DELIMITERS
    }
    for delimiter, cells in split.items():
        if len(cells) > 1 and {*columns} & {*cells}:
            return delimiter
    return max(DELIMITERS, key=lambda delimiter: len(split[delimiter]))


def _bare(cell: str) -> str:
    return cell.strip().strip('"').strip()


def _spelt(delimiter: str) -> str:
    return {",": "commas", "\t": "tabs", ";": "semicolons"}.get(delimiter, repr(delimiter))


def _csv_lines(path: Path, text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of every line that is not blank."""
    csv.field_size_limit(_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UserError(
                f"{path}, line {line}: {error}; a quotation mark is probably not closed or not doubled"
            ) from error
        if any(cell.strip() for cell in cells):
            yield line, cells


def shown(text: str) -> str:
    """Return the first line of a text for a message."""
    return repr(cut(text.strip().splitlines()[0] if text.strip() else "", 80))
