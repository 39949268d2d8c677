"""Every table that is printed or exported: columns and rows in, text in one of six formats out.

`tabulate` writes them. It and its imports take a third of the time that `aacbench list` may take, so the format
`plain` is written here, the same to the letter (`tests/runtime/test_tables.py` holds it to that).
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Format = Literal["plain", "github", "latex_booktabs", "tsv", "html", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)
DATA: tuple[Format, ...] = ("tsv", "json")  # read by programs: no title, no notes, no marks


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key in JSON, its head (the key where there is none), and how numbers are written in it.

    `form` is a format specification such as `.4f`; a column that has one, or `right`, is aligned to the right.
    """

    name: str
    title: str = ""
    form: str = ""
    right: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is more than a value: `value` is for JSON, `text` for all other formats.

    `bold` and `mark` (raised, such as stars) are written as the format writes them; `markup` says what stands there in
    a format in place of text that is escaped.
    """

    value: Any
    text: str
    bold: bool = False
    mark: str = ""
    markup: Mapping[Format, str] = field(default_factory=dict)


Value = str | int | float | bool | None | Cell


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of as many values; `title` stands above, a line a note below, except in `DATA` formats."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    title: str = ""
    notes: Sequence[str] = ()


def render(table: Table, form: Format = "plain") -> str:
    """Return the table as text without a last line end.

    In JSON it is a list with an object a row; numbers keep every digit there, and what is no finite number is null.
    """
    if form == "json":
        return json.dumps(records(table), indent=2, ensure_ascii=False)
    heads = [_escape(column.title or column.name, form) for column in table.columns]
    rows = [
        [_written(value, column, form) for column, value in zip(table.columns, row, strict=True)] for row in table.rows
    ]
    right = [bool(column.form or column.right) for column in table.columns]
    return _framed(_BODY[form](heads, rows, right), table, form)


def render_all(tables: Mapping[str, Table], form: Format = "plain") -> str:
    """Return several tables as one text, an empty line between two; in JSON an object of lists by name."""
    if form == "json":
        return json.dumps({name: records(table) for name, table in tables.items()}, indent=2, ensure_ascii=False)
    return "\n\n".join(render(table, form) for table in tables.values())


def records(table: Table) -> list[dict[str, Any]]:
    """Return the rows as JSON has them, by the columns' names."""
    names = [column.name for column in table.columns]
    return [{name: _plain_value(value) for name, value in zip(names, row, strict=True)} for row in table.rows]


def _plain_value(value: Value) -> Any:
    value = value.value if isinstance(value, Cell) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _written(value: Value, column: Column, form: Format) -> str:
    if not isinstance(value, Cell):
        return _escape(_text(value, column.form), form)
    if form in value.markup:
        return value.markup[form]
    text = _escape(value.text, form)
    text = _BOLD[form].format(text) if value.bold and form in _BOLD else text
    return text + (_RAISED.get(form, "{}").format(_escape(value.mark, form)) if value.mark else "")


def _text(value: str | int | float | bool | None, form: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, form) if form and not isinstance(value, str) else str(value)


_BOLD: Mapping[Format, str] = {
    "plain": "_{}_",
    "github": "**{}**",
    "html": "<b>{}</b>",
    "latex_booktabs": r"\textbf{{{}}}",
}
_RAISED: Mapping[Format, str] = {"html": "<sup>{}</sup>", "latex_booktabs": "$^{{{}}}$"}
_LATEX = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
        **{"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\textasciitilde{}", "<": r"\ensuremath{<}"},
        **{">": r"\ensuremath{>}", "±": r"$\pm$", "−": "$-$", "–": "--"},
    }
)
_MARKDOWN = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")


def _escape(text: str, form: Format) -> str:
    """Return text on one line that the format takes for nothing but text."""
    text = re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).strip()
    if form == "html":
        return html.escape(text)
    if form == "latex_booktabs":
        return text.translate(_LATEX)
    return _MARKDOWN.sub(r"\\\g<0>", html.escape(text, quote=False)) if form == "github" else text


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Return what tabulate's `plain` would; what is wider or narrower than its letters is left to tabulate."""
    lines = [heads, *rows]
    if not rows or not all(cell.isascii() for line in lines for cell in line):
        return _tabulated("plain")(heads, rows, right)
    widths = [max(len(head) + 2, *(len(row[index]) for row in rows)) for index, head in enumerate(heads)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _tabulated(form: str) -> Callable[[Sequence[str], Sequence[Sequence[str]], Sequence[bool]], str]:
    """Return what writes a table's body in tabulate's format `form`."""

    def body(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
        from tabulate import tabulate  # not before a table is exported

        if form == "tsv":  # without the blanks that align columns for the eye
            text = tabulate(rows, heads, tablefmt="tsv", disable_numparse=True, stralign=None, numalign=None)
            tabs = len(heads) - 1  # tabulate leaves out those at the end of a line
            return "\n".join(line + "\t" * (tabs - line.count("\t")) for line in text.split("\n"))
        aligned = ["right" if to_right else "left" for to_right in right]
        return tabulate(rows, heads, tablefmt=form, disable_numparse=True, colalign=aligned if rows else None)

    return body


def _booktabs(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Return tabulate's `latex_raw`, which leaves bold and raised text alone, with the rules of booktabs."""
    aligned = "".join("r" if to_right else "l" for to_right in right)
    lines = _tabulated("latex_raw")(heads, rows, right).splitlines()
    _, _, head, _, *body, _, end = lines
    return "\n".join([f"\\begin{{tabular}}{{{aligned}}}", "\\toprule", head, "\\midrule", *body, "\\bottomrule", end])


_BODY: Mapping[Format, Callable[[Sequence[str], Sequence[Sequence[str]], Sequence[bool]], str]] = {
    "plain": _aligned,
    "github": _tabulated("github"),
    "latex_booktabs": _booktabs,
    "tsv": _tabulated("tsv"),
    "html": _tabulated("unsafehtml"),  # cells are escaped here
}


def _framed(body: str, table: Table, form: Format) -> str:
    """Return the body between title and notes."""
    if form in DATA:
        return body
    words: Format = "plain" if form == "latex_booktabs" else form  # there they are comments
    title, notes = ([_escape(text, words) for text in texts if text] for texts in ([table.title], table.notes))
    if form == "html":
        caption = "".join(f"\n<caption>{text}</caption>" for text in title)
        return "\n".join([body.replace("<table>", f"<table>{caption}", 1), *(f"<p>{text}</p>" for text in notes)])
    if form == "latex_booktabs":
        return "\n".join([*(f"% {text}" for text in title), body, *(f"% {text}" for text in notes)])
    return ("\n\n" if form == "github" else "\n").join([*title, body, *notes])
