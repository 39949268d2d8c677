"""Files with captions as tables: CSV in any usual form, JSON lines, or JSON; `-` is the standard input.

A JSON object a line, or a list of objects, is a row each; a value that is a list of texts becomes the columns `key_1`,
`key_2`, ..., a list of numbers one cell of them, with `-` for null. One object of texts, or of lists of texts, by file
name is a table of captions, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aacbench.errors import UserError, one_line
from aacbench.files.safe_read import parse_json
from aacbench.files.tables import Text, TextTable, parse_table

NAME = "file_name"


def parse_rows(source: Text, columns: Sequence[str] = ()) -> TextTable:
    """Return the rows of a text, whatever of the forms above it has; `columns` tell a CSV file's separator.

    Raises:
        UserError: it has none of them, or is damaged.
    """
    beginning = source.text.lstrip()[:1]
    if beginning not in ("{", "["):
        return parse_table(source, columns)
    records = _records(source)
    header = [*dict.fromkeys(key for _, record in records for key in record)]
    rows = [(line, [record.get(key, "") for key in header]) for line, record in records]
    return TextTable(source.path, header, rows, list(source.warnings))


def _records(source: Text) -> list[tuple[int, dict[str, str]]]:
    try:
        whole = parse_json(source.text)
    except ValueError:
        return _lines(source)
    if isinstance(whole, list):
        return [(number, _cells(source, number, value)) for number, value in enumerate(whole, 1)]
    if whole and all(isinstance(value, str) for value in whole.values()):
        if NAME not in whole:
            return [(number, {NAME: name, "caption": text}) for number, (name, text) in enumerate(whole.items(), 1)]
    elif whole and all(_texts(value) for value in whole.values()):
        return [
            (row, {NAME: name, **_numbered("caption", texts)}) for row, (name, texts) in enumerate(whole.items(), 1)
        ]
    return [(1, _cells(source, 1, whole))]


def _lines(source: Text) -> list[tuple[int, dict[str, str]]]:
    records = []
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.strip():
            try:
                value = parse_json(line)
            except ValueError as error:
                raise UserError(
                    f"{source.path}, line {number}: no JSON ({one_line(error)}); wanted one object a line"
                ) from error
            records.append((number, _cells(source, number, value)))
    return records


def _cells(source: Text, number: int, value: Any) -> dict[str, str]:
    """Return an object's texts and numbers as cells; what is nested otherwise is passed over."""
    if not isinstance(value, Mapping):
        raise UserError(f"{source.path}, row {number}: wanted a JSON object such as {{{NAME!r}: ..., 'caption': ...}}")
    cells: dict[str, str] = {}
    for key, content in value.items():
        if content is None:
            cells[key] = ""
        elif isinstance(content, str | int | float) and not isinstance(content, bool):
            cells[key] = str(content)
        elif _texts(content):
            cells |= _numbered(key, content)
        elif isinstance(content, list) and content and all(one is None or type(one) in (int, float) for one in content):
            cells[key] = " ".join("-" if one is None else str(one) for one in content)
    return cells


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _numbered(key: str, texts: Sequence[str]) -> dict[str, str]:
    return {f"{key}_{number}": text for number, text in enumerate(texts, 1)}
