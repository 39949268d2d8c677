"""Strategies of files that are nearly right: valid ones with a few things done to them, from structure to bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

DEEP = 3000  # levels: more than Python follows
Rows = list[list[str]]

# fmt: off
ODD_TEXTS = (
    "", " ", "\t", "nan", "None", "0", "-1", "1e999", "inf", "\0", "a\0b", "\ufeff", "\x85", "\u2028", "\x0b", "\x1c",
    "..", ".", "/", "../../etc/passwd", "/etc/passwd", "C:\\x", "a/b", "a\nb", "a\r\nb", "\r", '"', '""', '"a', "'",
    "a,b", "a;b", "a\tb", "\x1b[31m", "é", "e\u0301", "😀", "\u202e", "١", "²", "1_0", "0x10", "9" * 5000, "x" * 300,
    "x" * 5000, "y" * 140_000, "the dog " * 400, "( " * 600, "=1+1", "<script>", "${x}", "{0}", "%s", "#", "caption_2",
)
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("nan"), float("inf"), 10**30, -(10**30), 2**63, "", [], {}, [[]], {"": ""},
    ["a"], [1], [None], {"a": 1}, {"x": None}, "a" * 5000, "a\nb", "\ud800", "\0", "..", "/", "../../x", 1e300,
)
# fmt: on


def odd_text() -> SearchStrategy[str]:
    """Cells, names and values that have broken somebody's reader."""
    return st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=8))


@st.composite
def byte_changes(draw: st.DrawFn, content: bytes, most: int = 3) -> bytes:
    """Return the bytes with up to `most` of them changed, cut out, doubled or put in, or cut short."""
    found = bytearray(content)
    for _ in range(draw(st.integers(0, most))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        width = draw(st.sampled_from((1, 2, 4, 8, 64)))
        match draw(st.integers(0, 5)):
            case 0:
                found[place : place + width] = draw(st.binary(min_size=width, max_size=width))
            case 1:
                found[place : place + width] = draw(st.sampled_from((b"\0", b"\xff", b"\x80", b"\x7f"))) * width
            case 2:
                del found[place : place + width]
            case 3:
                found[place:place] = found[place : place + width]
            case 4:
                del found[place:]
            case _:
                found[place:place] = draw(st.binary(max_size=width))
    return bytes(found)


ENCODINGS: tuple[Callable[[str], bytes], ...] = (
    *(lambda text: text.encode(errors="surrogatepass"),) * 5,
    lambda text: b"\xef\xbb\xbf" + text.encode(errors="surrogatepass"),
    lambda text: text.encode("utf-16", errors="surrogatepass"),
    lambda text: text.encode("utf-16-le", errors="surrogatepass"),
    lambda text: text.encode("cp1252", errors="replace"),
    lambda text: text.encode("utf-32", errors="surrogatepass"),
)


@st.composite
def encoded(draw: st.DrawFn, text: str) -> bytes:
    """Return a text in some encoding, as a rule UTF-8, as a rule with its bytes as they are."""
    content = draw(st.sampled_from(ENCODINGS))(text)
    return draw(byte_changes(content)) if draw(st.integers(0, 3)) == 0 else content


@st.composite
def tables(draw: st.DrawFn, header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """Return a table with some of its cells, rows and columns changed, written in some way of writing tables."""
    table: Rows = [list(header), *map(list, rows)]
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(table) - 1))
        row = table[place]
        column = draw(st.integers(0, max(0, len(row) - 1)))
        match draw(st.integers(0, 8)):
            case 0 | 1 | 2:
                row[column : column + 1] = [draw(odd_text())]
            case 3:
                del row[column : column + 1]
            case 4:
                row.insert(column, draw(odd_text()))
            case 5:
                table.insert(place, list(row))
            case 6 if len(table) > 1:
                del table[place]
            case 7:
                row[column : column + 1] = [table[0][0] if table[0] else ""]
            case _:
                for other in table:
                    del other[column : column + 1]
    sheet = io.StringIO()
    dialect: dict[str, Any] = {
        "delimiter": draw(st.sampled_from((delimiter, delimiter, delimiter, ",", ";", "\t", "|"))),
        "lineterminator": draw(st.sampled_from(("\n", "\n", "\r\n", "\r", "\n\n"))),
        "quoting": draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE))),
    }
    if dialect["quoting"] == csv.QUOTE_NONE:
        end = dialect["lineterminator"]
        sheet.write(end.join(dialect["delimiter"].join(row) for row in table) + end)
    else:
        csv.writer(sheet, **dialect).writerows(table)
    return draw(encoded(sheet.getvalue()))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all values inside a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, one in inner for found in _places(one, (*path, key)))]


@st.composite
def documents(draw: st.DrawFn, document: Any, most: int = 3) -> Any:
    """Return a document of dictionaries and lists with some values changed, removed, renamed or moved."""
    found = [deepcopy(document)]
    for _ in range(draw(st.integers(1, most))):
        ways = _places(found[0], (0,))
        way = draw(st.sampled_from(ways))
        parent: Any = found
        for key in way[:-1]:
            parent = parent[key]
        key = way[-1]
        match draw(st.integers(0, 6)):
            case 0 | 1 | 2:
                parent[key] = deepcopy(draw(st.sampled_from(ODD_VALUES) | st.text(max_size=5)))
            case 3 if parent is not found:
                del parent[key]
            case 4 if isinstance(parent, dict):
                parent[draw(odd_text())] = parent.pop(key)
            case 5 if isinstance(parent, list) and parent is not found:
                parent.append(deepcopy(parent[key]))
            case _:
                target: Any = found[0]
                for part in draw(st.sampled_from(ways))[1:]:
                    target = target[part] if isinstance(target, (dict, list)) and _has(target, part) else None
                parent[key] = deepcopy(target)
    return found[0]


def _has(container: Any, key: Any) -> bool:
    if isinstance(container, dict):
        return key in container
    return isinstance(key, int) and key < len(container)


@st.composite
def json_files(draw: st.DrawFn, document: Any) -> bytes:
    """Return a document as JSON, changed as a document, as text or as bytes."""
    text = json.dumps(draw(documents(document)), ensure_ascii=draw(st.booleans()))
    match draw(st.integers(0, 9)):
        case 0:
            place = draw(st.integers(0, len(text)))
            text = text[:place] + "[" * DEEP + text[place:]
        case 1:
            text = "[" * DEEP + "]" * DEEP
        case 2:
            text = text.replace(":", ':{"a":' * DEEP, 1)
        case 3:
            text = text.replace("1", "1" * 5000)
    return draw(encoded(text))


@st.composite
def json_lines(draw: st.DrawFn, lines: Sequence[Any]) -> bytes:
    """Return JSON lines, one of them changed, some missing or double."""
    texts = [json.dumps(line, ensure_ascii=False) for line in lines]
    place = draw(st.integers(0, len(texts) - 1))
    texts[place] = json.dumps(draw(documents(lines[place])))
    match draw(st.integers(0, 6)):
        case 0:
            texts.insert(0, texts[place])
        case 1:
            del texts[place]
        case 2:
            texts.insert(place, draw(odd_text()))
        case 3:
            texts[place] = "[" * DEEP
    return draw(encoded(draw(st.sampled_from(("\n", "\n", "\r\n", "\u2028", "\n\n"))).join(texts)))
