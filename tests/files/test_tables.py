"""The one reader of tables: encodings, separators, line ends, quotation marks, headers with blanks, damage."""

from __future__ import annotations

import codecs
import io
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.files.tables import STDIN, read_table

HEADER = ["file_name", "caption"]
ROWS = [["caf\u00e9 1.wav", 'a man says "hello; again", twice'], [" b.wav", "rain,\nthen\twind"]]
ENCODINGS = {
    "utf-8": ("utf-8", b""),
    "utf-8 with mark": ("utf-8", codecs.BOM_UTF8),
    "utf-16 little": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16 big": ("utf-16-be", codecs.BOM_UTF16_BE),
    "windows-1252": ("cp1252", b""),
}
NAMES = {",": "comma", ";": "semicolon", "\t": "tab"}
ENDS = {"\n": "unix", "\r\n": "windows", "\r": "old mac"}


def written(delimiter: str, end: str, rows: list[list[str]] = ROWS, header: list[str] = HEADER) -> str:
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    return "".join(delimiter.join(row) + end for row in [header, *quoted])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", NAMES, ids=NAMES.get)
@pytest.mark.parametrize("end", ENDS, ids=ENDS.get)
def test_every_usual_form_is_one_table(encoding: str, delimiter: str, end: str, tmp_path: Path) -> None:
    codec, mark = ENCODINGS[encoding]
    path = tmp_path / "table.csv"
    path.write_bytes(mark + written(delimiter, end).encode(codec))
    table = read_table(path, ["file_name"])
    assert table.header == HEADER
    assert [cells for _, cells in table.rows] == ROWS
    assert len(table.warnings) == (encoding == "windows-1252")


@pytest.mark.parametrize("told", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_first_line_may_tell_the_separator(told: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(f"{told}\n{written(';', chr(10))}", encoding="utf-8")
    table = read_table(path)
    assert table.header == HEADER and [line for line, _ in table.rows] == [3, 4]


def test_utf16_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("file_name,caption\na.wav,x\n".encode("utf-16-le"))
    assert read_table(path).records() == [{"file_name": "a.wav", "caption": "x"}]


def test_blanks_in_the_header_and_a_separator_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(' file_name , "caption" ,\n a.wav, x,\n\n   ,,\n', encoding="utf-8")
    table = read_table(path, ["caption"])
    assert table.header == HEADER
    assert table.rows[0][1][:2] == [" a.wav", " x"] and len(table.rows) == 1


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Input:
        buffer = io.BytesIO(b"file_name,caption\na.wav,x\n")

    monkeypatch.setattr("sys.stdin", Input())
    assert read_table(STDIN).records() == [{"file_name": "a.wav", "caption": "x"}]


def test_short_rows_are_padded_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,c\n1,2\n1,2,3\n", encoding="utf-8")
    table = read_table(path)
    assert table.records()[0] == {"a": "1", "b": "2", "c": ""}
    with pytest.raises(UserError, match="line 2: fewer cells than the 3 of the header"):
        table.require_whole()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"file_name,caption\n", "a header but no rows"),
        (b"name,caption\na,b\n", "no column 'file_name'; its columns are 'name', 'caption'"),
        (b"file_name,caption,caption\na,b,c\n", "more than once: 'caption'"),
        (b"file_name,caption\na,b,c\n", "line 2: 3 cells where the header has 2"),
        (b'file_name,caption\na,"b\n', "line 2: .*quotation mark"),
        (b"PK\x03\x04rest", "a zip archive or a spreadsheet"),
        (b"file_name\x00", "not a text file"),
        (b"\xff\xfe\x00", "begins like UTF-16 but is not"),
    ],
)
def test_damage_is_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_table(path, ["file_name"])
