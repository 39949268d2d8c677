"""Which clips are right for which query: reference captions, `query,audio_filenames`, or TREC's qrels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError, first_few
from aacbench.files.safe_read import parse_json
from aacbench.files.tables import Text, TextTable, read_text
from aacbench.scoring.columns import NAMES
from aacbench.scoring.files import References, parse_references
from aacbench.scoring.source import parse_rows

QUERIES = ("query", "caption", "text", "query_id")
_CLIPS = ("audio_filenames", "audio_file_names", "file_names", "audio_filename", "relevant")
_QRELS = re.compile(r"(\S+)\s+(\S+)\s+(.+?)\s+(-?\d+)")


@dataclass(frozen=True)
class Relevance:
    """The right clips of each query, all clips that are named, and what a reader should know."""

    path: Path
    relevant: dict[str, tuple[str, ...]]
    clips: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def from_references(references: References) -> Relevance:
    """Return each distinct caption as a query, and the clips that it is a reference of."""
    relevant: dict[str, list[str]] = {}
    for clip, captions in references.captions.items():
        for caption in dict.fromkeys(captions):
            relevant.setdefault(caption, []).append(clip)
    right = {query: tuple(clips) for query, clips in relevant.items()}
    return Relevance(references.path, right, tuple(references.captions), references.warnings)


def read_relevance(path: Path) -> Relevance:
    """Read which clips are right for which query.

    Raises:
        UserError: the file has none of the forms.
    """
    source = read_text(path)
    if judged := _judged(source):
        return _relevance(path, judged, ())
    table = parse_rows(source, [*QUERIES, *NAMES])
    query = next((name for name in QUERIES if name in table.header), None)
    clips = next((name for name in _CLIPS if name in table.header), None)
    if query and clips:
        return _relevance(path, _listed(table, query, clips), tuple(table.warnings))
    return from_references(parse_references(source))


def _listed(table: TextTable, query: str, clips: str) -> dict[str, list[str]]:
    query_at, clips_at = table.column(query), table.column(clips)
    table.require_whole()
    right: dict[str, list[str]] = {}
    for _, cells in table.rows:
        right.setdefault(cells[query_at], []).extend(several(cells[clips_at]))
    return right


def several(cell: str) -> list[str]:
    """Return the names in a cell: a JSON or Python list, or separated by `|` or `;`, else the one it holds."""
    if cell.strip().startswith("["):
        try:
            names = parse_json(cell)
        except ValueError:
            names = [first or second for first, second in re.findall(r"'([^']*)'|\"([^\"]*)\"", cell)]
        return [str(name) for name in names]
    separator = next((mark for mark in ("|", ";") if mark in cell), None)
    return [name.strip() for name in cell.split(separator) if name.strip()] if separator else [cell]


def _judged(source: Text) -> dict[str, list[str]]:
    """Return the right clips of TREC's qrels (`query 0 clip 1` a line), {} where the text is none."""
    right: dict[str, list[str]] = {}
    for line in source.text.splitlines():
        if line.strip():
            match = _QRELS.fullmatch(line.strip())
            if match is None or match[2] not in ("0", "Q0"):
                return {}
            if int(match[4]) > 0:
                right.setdefault(match[1], []).append(match[3])
            else:
                right.setdefault(match[1], [])
    return {query: clips for query, clips in right.items() if clips}


def _relevance(path: Path, right: dict[str, list[str]], warnings: tuple[str, ...]) -> Relevance:
    without = [query for query, clips in right.items() if not clips]
    if without:
        raise UserError(f"{path} names no right clip for {first_few(without)}")
    distinct = {query: tuple(dict.fromkeys(clips)) for query, clips in right.items()}
    clips = tuple(dict.fromkeys(clip for names in distinct.values() for clip in names))
    return Relevance(path, distinct, clips, warnings)
