"""Prediction and reference files: one row a clip, read with every cell as the words it holds.

Text is UTF-8 (with or without a byte-order mark), UTF-16 with one, or, with a caution, Windows-1252. Columns
are separated by commas or tabs. Predictions have `file_name` and `caption_predicted`; references have
`file_name` and `caption_1..N` (Clotho) or `caption_reference_01..N` (DCASE tools), where empty cells are
references that a clip does not have, or one `caption` a row with as many rows a clip as it has references.
File names are taken as they stand, blanks at the ends included (Clotho has some); so are captions such as
`nan` or `None`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError, cut, first_few
from aacbench.files.safe_read import read_bytes

NAME, PREDICTION = "file_name", "caption_predicted"
_PREDICTION_COLUMNS = (PREDICTION, "caption", "prediction", "candidate")
_REFERENCE = re.compile(r"caption_(?:reference_)?(\d{1,6})", re.ASCII)
# The most characters, words and marks of a caption: what parses and aligns sentences takes the cube of their words.
LONGEST, WORDS = 2000, 200
_WORD = re.compile(r"\w+|[^\w\s]")
_DELIMITERS = ("\t", ",")
_BINARY = {
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\x1f\x8b": "gzip-compressed",
    b"\x93NUMPY": "a NumPy array",
}
_LOOKS_MISSING = {"nan", "none", "null", "na", "n/a", "<na>"}


@dataclass(frozen=True, slots=True)
class Predictions:
    """One caption a clip by file name, in the file's order, and what a reader should know."""

    path: Path
    captions: dict[str, str]
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class References:
    """Every clip's references by file name, in the file's order, and what a reader should know."""

    path: Path
    captions: dict[str, tuple[str, ...]]
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionTable:
    """A file's cells as they stand; every row has its line number and at most as many cells as the header."""

    path: Path
    header: list[str]
    rows: list[tuple[int, list[str]]]
    cautions: list[str]


def read_predictions(path: Path) -> Predictions:
    """Read a predictions file.

    Raises:
        UserError: it cannot be read, is no such table, or predicts a clip more than once.
    """
    table = read_table(path)
    column = next((name for name in _PREDICTION_COLUMNS if name in table.header), None)
    if column is None:
        raise UserError(f"{path} has no column {PREDICTION!r}; its columns are {first_few(table.header, 8)}")
    name_at, caption_at = table.header.index(NAME), table.header.index(column)
    captions: dict[str, str] = {}
    twice: list[str] = []
    for line, cells in table.rows:
        if len(cells) < len(table.header):
            raise UserError(
                f"{path}, line {line}: {len(cells)} cells where the header has {len(table.header)}; "
                "an empty caption still needs its comma or tab"
            )
        name = _clip_name(path, line, cells[name_at])
        twice += [name] if name in captions else []
        captions[name] = _caption(path, line, cells[caption_at])
    if twice:
        raise UserError(f"{path} predicts these clips more than once: {first_few(twice)}; keep one row a clip")
    named = [f"{path} has no column {PREDICTION!r}; {column!r} is taken for it"] if column != PREDICTION else []
    cautions = [*table.cautions, *named, *_odd_cells(path, captions)]
    return Predictions(path, captions, tuple(cautions))


def read_references(path: Path) -> References:
    """Read a reference file.

    Raises:
        UserError: it cannot be read, is no such table, or has a clip twice or without any reference.
    """
    table = read_table(path)
    numbered = {name: int(found[1]) for name in table.header if (found := _REFERENCE.fullmatch(name))}
    columns = sorted(numbered, key=numbered.__getitem__) or [name for name in table.header if name == "caption"]
    if not columns:
        raise UserError(
            f"{path} has no references; wanted columns caption_1, caption_2 or caption_reference_01, ...; "
            f"its columns are {first_few(table.header, 8)}"
        )
    name_at, places = table.header.index(NAME), [table.header.index(column) for column in columns]
    captions: dict[str, tuple[str, ...]] = {}
    twice: list[str] = []
    for line, cells in table.rows:
        name = _clip_name(path, line, cells[name_at] if name_at < len(cells) else "")
        found_here = tuple(_caption(path, line, cells[at]) for at in places if at < len(cells) and cells[at].strip())
        if name in captions and numbered:
            twice.append(name)
        captions[name] = captions.get(name, ()) + found_here
    if twice:
        raise UserError(f"{path} has these clips more than once: {first_few(twice)}; keep one row a clip")
    without = [name for name, texts in captions.items() if not texts]
    if without:
        raise UserError(f"{path} has no reference at all for {first_few(without)}; add one or drop the row")
    fewer = [name for name, texts in captions.items() if numbered and len(texts) < len(columns)]
    cautions = [*table.cautions, *([_missing(path, captions, columns, fewer)] if fewer else [])]
    if not numbered:
        cautions.append(f"{path} has no columns caption_1, caption_2, ...; each row's {columns[0]!r} is one reference")
    return References(path, captions, tuple(cautions))


def _missing(path: Path, captions: Mapping[str, tuple[str, ...]], columns: Sequence[str], fewer: Sequence[str]) -> str:
    """Return one line about empty cells, which are references that clips do not have."""
    count = sum(len(columns) - len(captions[name]) for name in fewer)
    return (
        f"{path}: {count} empty cells in the {len(columns)} columns of references; {len(fewer)} of {len(captions)} "
        f"clips are scored against fewer: {first_few(fewer)}"
    )


def read_text(path: Path) -> tuple[str, list[str]]:
    """Return a file's text and cautions about its encoding.

    Raises:
        UserError: it cannot be read or is not text.
    """
    raw = read_bytes(path, "a CSV file")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16"), []
        except UnicodeDecodeError as error:
            raise UserError(f"{path} begins like UTF-16 but is not ({error.reason}); save as UTF-8") from error
    kind = next((what for magic, what in _BINARY.items() if raw.startswith(magic)), None)
    if kind or b"\x00" in raw:
        raise UserError(f"{path} is not a text file{f' ({kind})' if kind else ''}; wanted CSV, best in UTF-8")
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        caution = f"{path} is not UTF-8 (byte {error.start}); read as Windows-1252: look at its accented letters"
        text = raw.decode("cp1252", errors="replace")
        return text, [caution]


def read_table(path: Path, key: str = NAME) -> CaptionTable:
    """Read a table that has the column `key`.

    Raises:
        UserError: it cannot be read, has no such column, repeats a column, or a row has too many cells.
    """
    text, cautions = read_text(path)
    if not text.strip():
        raise UserError(f"{path} is empty; wanted a CSV file with a header line")
    delimiter = _delimiter(path, text, key)
    lines = _csv_lines(path, text, delimiter)
    _, header = next(lines, (0, []))
    header = [cell.strip() for cell in header]
    if key not in header:  # a quotation mark in the first line goes on in the next
        raise UserError(f"{path} has no column {key!r}; its columns are {first_few(header, 8)}")
    repeated = sorted(name for name, count in Counter(header).items() if name and count > 1)
    if repeated:
        raise UserError(f"{path} has these columns more than once: {first_few(repeated)}")
    rows: list[tuple[int, list[str]]] = []
    for line, cells in lines:
        if any(cells[len(header) :]):
            raise UserError(
                f"{path}, line {line}: {len(cells)} cells where the header has {len(header)}; "
                'put captions and file names that hold the separator in "quotation marks"'
            )
        rows.append((line, cells[: len(header)]))
    if not rows:
        raise UserError(f"{path} has a header but no rows")
    return CaptionTable(path, header, rows, cautions)


def _delimiter(path: Path, text: str, key: str) -> str:
    """Return the separator: the one that makes `key` a column of the first line."""
    lines = (found[0] for found in re.finditer(r"[^\r\n]+", text))
    first = next(line for line in lines if line.strip())
    for delimiter in _DELIMITERS:
        if key in [cell.strip().strip('"') for cell in first.split(delimiter)] and delimiter in first:
            return delimiter
    shown = cut(first, 80)
    if key in first and ";" in first:
        raise UserError(f"{path} seems to be separated by semicolons ({shown!r}); wanted commas or tabs")
    raise UserError(
        f"{path} has no column {key!r} beside others; its first line is {shown!r}; wanted a header such as "
        f"'{NAME},{PREDICTION}' (predictions) or '{NAME},caption_1,...' (references), separated by commas or tabs"
    )


def _csv_lines(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of every line that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
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


def _clip_name(path: Path, line: int, name: str) -> str:
    if not name.strip():
        raise UserError(f"{path}, line {line}: no file name")
    return name


def _caption(path: Path, line: int, caption: str) -> str:
    if len(caption) > WORDS and (len(caption) > LONGEST or len(_WORD.findall(caption)) > WORDS):
        raise UserError(
            f"{path}, line {line}: a caption of {len(caption):,} characters ({cut(caption, 60)!r}); wanted a sentence, "
            f"at most {WORDS} words and marks or {LONGEST:,} characters"
        )
    return caption


def _odd_cells(path: Path, captions: dict[str, str]) -> list[str]:
    """Return cautions about captions that are empty, or that look like a missing value but are taken as
    words.
    """
    empty = [name for name, text in captions.items() if not text.strip()]
    words = [name for name, text in captions.items() if text.strip().casefold() in _LOOKS_MISSING]
    cautions = []
    if empty:
        cautions.append(f"{path}: {len(empty)} empty predictions, scored as empty captions: {first_few(empty)}")
    if words:
        cautions.append(
            f"{path}: {len(words)} predictions read like a missing value ({captions[words[0]]!r}) and are "
            f"scored as that word: {first_few(words)}"
        )
    return cautions
