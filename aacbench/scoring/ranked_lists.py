"""Retrieval results as DCASE 2022 task 6b writes them: `caption,file_name_1..10`, best first, one row a
query.

Queries are the captions of the reference file, word for word; a query's relevant clips are those it is a
reference of.
"""

from __future__ import annotations

import re
from pathlib import Path

from aacbench.errors import UserError, first_few
from aacbench.scoring.files import References, read_table, read_text
from aacbench.scoring.retrieval import from_lists
from aacbench.types import Score

QUERY = "caption"
_PLACE = re.compile(r"file_name_(\d{1,6})", re.ASCII)


def is_top_list(path: Path) -> bool:
    """Return whether the file's first line has DCASE's columns of ranked file names."""
    text, _ = read_text(path)
    names = re.split(r'[\t,"]', re.split(r"[\r\n]", text[:2000], maxsplit=1)[0])
    return "file_name_1" in names and QUERY in names


def score_lists(path: Path, references: References) -> dict[str, Score]:
    """Return the retrieval metrics of a file of ranked lists, one value a reference caption.

    Raises:
        UserError: the file is no such table, a query comes twice, is unknown, or is missing.
    """
    lists = read_lists(path)
    relevant: dict[str, list[str]] = {}
    for clip, captions in references.captions.items():
        for caption in dict.fromkeys(captions):
            relevant.setdefault(caption, []).append(clip)
    missing = [query for query in relevant if query not in lists]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(relevant)} captions of {references.path} have no row in {path}: "
            f"{first_few(missing, 2)}; every reference caption is a query, word for word"
        )
    unknown = [query for query in lists if query not in relevant]
    if unknown:
        raise UserError(f"{path} has queries that are no caption of {references.path}: {first_few(unknown, 2)}")
    return from_lists([lists[query] for query in relevant], list(relevant.values()))


def read_lists(path: Path) -> dict[str, list[str]]:
    """Return the ranked clips of each query, best first.

    Raises:
        UserError: the file is no such table, or a query comes twice.
    """
    table = read_table(path, QUERY)
    numbered = {at: int(found[1]) for at, name in enumerate(table.header) if (found := _PLACE.fullmatch(name))}
    places, query_at = sorted(numbered, key=numbered.__getitem__), table.header.index(QUERY)
    if not places:
        columns = first_few(table.header, 8)
        raise UserError(f"{path} has no columns file_name_1, file_name_2, ...; its columns are {columns}")
    lists: dict[str, list[str]] = {}
    for line, cells in table.rows:
        if len(cells) < len(table.header):
            raise UserError(f"{path}, line {line}: {len(cells)} cells where the header has {len(table.header)}")
        if cells[query_at] in lists:
            raise UserError(f"{path}, line {line}: the query {cells[query_at][:60]!r} comes twice")
        lists[cells[query_at]] = [cells[at] for at in places if cells[at]]
    return lists
