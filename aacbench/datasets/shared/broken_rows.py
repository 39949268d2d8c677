"""A few broken rows of a published file, mended where it is plain what they were, else left out.

AudioCaps' table of 2023 had captions broken over two lines for months; one such row is no reason to refuse 90,000.
"""

from __future__ import annotations

from collections.abc import Iterable

from aacbench.errors import cut
from aacbench.files.audio_files import is_audio

FEW = 5  # broken rows that any file may have, besides one in a hundred
Row = tuple[int, list[str]]


def mended(rows: Iterable[Row], width: int) -> tuple[list[list[str]], list[str]]:
    """Return the rows of `width` cells, and what was done about others, by line.

    A line with fewer cells that begins like no row goes on with the text at the end of the row above it.
    """
    whole: list[list[str]] = []
    said: list[str] = []
    open_row = False  # whether the line above is a row that may go on
    for line, cells in rows:
        if len(cells) == width:
            whole.append(list(cells))
            open_row = True
        elif len(cells) < width and open_row and not _begins_a_row(cells[0]):
            whole[-1][-1] = f"{whole[-1][-1]} {','.join(cells).strip()}"
            said.append(f"line {line}: joined to the line above, which it goes on with ({_shown(cells)})")
        else:
            said.append(f"line {line}: left out, {len(cells)} cells in place of {width} ({_shown(cells)})")
            open_row = False
    return whole, said


def _begins_a_row(cell: str) -> bool:
    return cell.strip().isdecimal() or is_audio(cell.strip())


def _shown(cells: list[str]) -> str:
    return repr(cut(", ".join(cells), 60))
