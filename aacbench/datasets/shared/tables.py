"""CSV files that others made: UTF-8 with or without a byte order mark, any line ends, one clear error for each damage.

File names are keys and are taken to the letter; they are equal if they are equal in Unicode form C.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from aacbench.errors import UserError, first_few, one_line
from aacbench.files import safe_read as reading


def key(name: str) -> str:
    """Return the form in which two spellings of one name are equal."""
    return normalize("NFC", name)


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; raises `UserError` where it cannot be read."""
    return reading.read_bytes(path)


def read_text(path: Path) -> str:
    """Return a file's text, without a byte order mark; raises `UserError` where it is not UTF-8."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from error


def _not_utf8(path: Path, error: UnicodeDecodeError) -> UserError:
    return UserError(f"{path} is not UTF-8 (byte {error.start}): another program saved it anew; fetch the original")


def read_table(path: Path, wanted: Sequence[str], *, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header by column name; blank lines are passed over.

    Raises:
        UserError: no UTF-8, no sound CSV, a column of `wanted` is absent, or rows of another length than the header.
    """
    return parse_table(path, read_text(path), wanted, delimiter=delimiter)


def parse_table(path: Path, text: str, wanted: Sequence[str], *, delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of `text`, the content of `path`, as `read_table` does."""
    with damage_named(path):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header, *rows = [row for row in reader if row] or [[]]
    if missing := [column for column in wanted if column not in header]:
        raise UserError(
            f"{path} lacks the column {first_few(missing)}; wanted {', '.join(wanted)}, "
            f"found {first_few(header, 8) or 'nothing'}"
        )
    refuse(path, "columns that stand twice", [name for name, count in Counter(header).items() if count > 1])
    refuse(path, f"rows without {len(header)} fields", [row[0] for row in rows if len(row) != len(header)])
    return [dict(zip(header, row, strict=True)) for row in rows]


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what reading a damaged CSV file raises into one clear error."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from error
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
    place = PurePosixPath(name.replace("\\", "/"))
    return "\0" in name or place.is_absolute() or ".." in place.parts or not place.name or ":" in place.parts[0]


def twice(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once."""
    return [name for name, count in Counter(map(key, names)).items() if count > 1]


def refuse(path: Path, what: str, found: Iterable[object]) -> None:
    """Raise `UserError` if anything was found."""
    if items := list(found):
        raise UserError(f"{path} has {len(items)} {what}: {first_few(items)}; mend the file or fetch it again")


def line_end_sums(path: Path) -> set[str]:
    """Return the MD5 of a text file as it is and with either line end; copies through git change those."""
    raw = read_bytes(path)
    plain = raw.replace(b"\r\n", b"\n")
    variants = (raw, plain, plain.replace(b"\n", b"\r\n"))
    return {hashlib.md5(variant, usedforsecurity=False).hexdigest() for variant in variants}
