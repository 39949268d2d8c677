"""CSV files that others published: read as all tables are (`aacbench.files.tables`), one clear error for each damage.

File names are keys and are taken to the letter; they are equal if they are equal in Unicode form C.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from aacbench.datasets.shared.broken_rows import FEW, mended
from aacbench.errors import UserError, first_few, one_line
from aacbench.files import safe_read as reading
from aacbench.files import tables


def key(name: str) -> str:
    """Return the form in which two spellings of one name are equal."""
    return normalize("NFC", name)


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; raises `UserError` where it cannot be read."""
    return reading.read_bytes(path)


def read_text(path: Path) -> str:
    """Return a file's text, without a byte order mark; raises `UserError` where it is no text."""
    return tables.read_text(path).text


def read_table(
    path: Path, wanted: Sequence[str], *, delimiter: str | None = ",", notes: list[str] | None = None
) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header by column name; blank lines are passed over.

    With `notes`, a few broken rows are mended or left out, which is noted there, as is what is odd about the encoding.

    Raises:
        UserError: no text, no sound CSV, a column of `wanted` is absent, or rows of another length than the header
            (without `notes`: any, else many).
    """
    return parse_table(path, tables.read_text(path), wanted, delimiter=delimiter, notes=notes)


def parse_table(
    path: Path,
    text: tables.Text,
    wanted: Sequence[str],
    *,
    delimiter: str | None = ",",
    notes: list[str] | None = None,
) -> list[dict[str, str]]:
    """Return the rows of `text`, the content of `path`, as `read_table` does."""
    if text.warnings and notes is None:
        raise UserError(f"{text.warnings[0]}: another program saved it anew; fetch the original")
    table = tables.parse_table(text, wanted, delimiter, any_length=True)
    header = table.header
    if missing := [column for column in wanted if column not in header]:
        raise UserError(
            f"{path} lacks the column {first_few(missing)}; wanted {', '.join(wanted)}, "
            f"found {first_few(header, 8) or 'nothing'}"
        )
    rows, said = mended(table.rows, len(header))
    if said and (notes is None or len(said) > min(len(rows), max(FEW, len(rows) // 100))):
        refuse(path, f"rows without {len(header)} fields", said)
    if notes is not None:
        notes += [*text.warnings, *(f"{path.name}, {what}" for what in said)]
    return [dict(zip(header, row, strict=True)) for row in rows]


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what reading a damaged CSV file, line by line, raises into one clear error."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 (byte {error.start}); fetch the original") from error
    except csv.Error as error:
        raise UserError(f"{path} is no sound CSV file ({one_line(error)}); fetch it again") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error


def check_names(path: Path, names: Sequence[str], *, folders: bool = False, repeats: bool = False) -> None:
    """Refuse empty file names, names that lead out of their folder, and repeated ones unless `repeats`.

    `folders` allows relative paths with `/`.
    """
    refuse(path, "rows without a file name", [line for line, name in enumerate(names, 2) if not name.strip()])
    if folders:
        refuse(path, "names that lead out of the folder", [name for name in names if _leads_out(name)])
    else:
        odd = [name for name in names if name in (".", "..") or "/" in name or "\0" in name]
        refuse(path, "names that hold a path", odd)
    if not repeats:
        refuse(path, "names that stand twice", twice(names))


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return "\0" in name or path.is_absolute() or ".." in path.parts or not path.name or ":" in path.parts[0]


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once."""
    return [name for name, count in Counter(map(key, names)).items() if count > 1]


def refuse(path: Path, what: str, found: Iterable[object]) -> None:
    """Raise `UserError` if anything was found."""
    if items := list(found):
        number = f"{len(items):,} " if len(items) > 1 else ""  # "has 1 rows" is no English
        raise UserError(f"{path} has {number}{what}: {first_few(items)}; mend the file or fetch it again")


def line_end_sums(path: Path) -> set[str]:
    """Return the MD5 of a text file as it is and with either line end; copies through git change those."""
    raw = read_bytes(path)
    plain = raw.replace(b"\r\n", b"\n")
    variants = (raw, plain, plain.replace(b"\n", b"\r\n"))
    return {hashlib.md5(variant, usedforsecurity=False).hexdigest() for variant in variants}
