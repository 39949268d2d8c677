"""Retrieval results as systems write them: ranked lists, TREC runs, similarity matrices.

| form | columns |
|---|---|
| DCASE 2022 to 2024 | `caption,file_name_1,...,file_name_K` (or `fname_1..`, `query`), best first, one row a query |
| a row a pair | the same, a caption of two clips in two rows: equal rows are one query |
| DCASE 2025 | a matrix of similarities: a column of queries, then a column a clip, named after it |
| TREC run | `query Q0 clip rank score tag` a line, without a header |

Queries are the captions of the reference file, word for word (or the ids of its qrels). Places that a list does not
fill are misses. Names of clips are matched as everywhere (`aacbench.files.names`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aacbench.errors import UserError, counted, cut, first_few
from aacbench.files.names import match_names
from aacbench.files.tables import Text, TextTable, read_text
from aacbench.scoring.files import References
from aacbench.scoring.relevance import QUERIES, Relevance, from_references
from aacbench.scoring.retrieval import from_lists
from aacbench.scoring.source import parse_rows
from aacbench.types import Score

_PLACE = re.compile(r"(?:file_?name|fname|audio_?file_?name)_(\d{1,6})", re.ASCII)
_TREC = re.compile(r"(\S+)\s+(Q0)\s+(.+?)\s+(\d+)\s+(\S+)\s+(\S+)")


@dataclass(frozen=True)
class Ranking:
    """The clips of each query, best first; of a matrix the similarities (queries, clips) too."""

    path: Path
    lists: dict[str, list[str]]
    warnings: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    similarity: NDArray[np.float64] | None = None


def is_top_list(path: Path) -> bool:
    """Return whether a file holds a retrieval system's results in one of the forms above."""
    return is_ranking(read_text(path))


def is_ranking(source: Text) -> bool:
    """As `is_top_list`, of a text."""
    first = re.split(r"[\r\n]", source.text.lstrip()[:20_000], maxsplit=1)[0]
    if _TREC.fullmatch(first.strip()):
        return True
    names = {name.strip().strip('"').strip() for name in re.split(r"[\t,;]", first)}
    if any(_PLACE.fullmatch(name) for name in names):
        return bool(names & {*QUERIES})
    return _is_matrix(source)


def _is_matrix(source: Text) -> bool:
    """Whether the second line is a text and numbers, as many as the first line names clips."""
    try:
        table = parse_rows(replace(source, text="\n".join(source.text.splitlines()[:2]) + "\n"))
    except UserError:
        return False
    cells = table.rows[0][1][1:]
    named = not {"file_name", "fname", *(f"caption_{k}" for k in (1, 2))} & {*table.header}
    return len(table.header) > 2 and named and len(cells) == len(table.header) - 1 and all(map(_is_number, cells))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_lists(path: Path) -> dict[str, list[str]]:
    """Return the ranked clips of each query, best first; raises as `read_ranking`."""
    return parse_ranking(read_text(path)).lists


def parse_ranking(source: Text) -> Ranking:
    """Return a retrieval system's results.

    Raises:
        UserError: they have none of the forms, or one query has two different lists.
    """
    if _TREC.fullmatch(source.text.strip().partition("\n")[0].strip()):
        return _trec(source)
    if _is_matrix(source):
        return _matrix(parse_rows(source))
    table = parse_rows(source, QUERIES)
    numbers = {at: int(match[1]) for at, name in enumerate(table.header) if (match := _PLACE.fullmatch(name))}
    query = next((name for name in QUERIES if name in table.header), None)
    if query is None or not numbers:
        columns = first_few(table.header, 8)
        raise UserError(f"{source.path} has no columns file_name_1, file_name_2, ...; its columns are {columns}")
    query_at, columns_at = table.column(query), sorted(numbers, key=numbers.__getitem__)
    lists: dict[str, list[str]] = {}
    for line, cells in table.rows:
        asked = cells[query_at] if query_at < len(cells) else ""
        if not asked.strip():
            raise UserError(f"{source.path}, line {line}: no query in the column {query!r}")
        names = [cells[at] for at in columns_at if at < len(cells) and cells[at].strip()]
        if len(set(names)) < len(names):
            raise UserError(f"{source.path}, line {line}: the list of {cut(asked, 60)!r} names a clip twice")
        if lists.setdefault(asked, names) != names:
            raise UserError(
                f"{source.path}, line {line}: the query {cut(asked, 60)!r} comes twice, with different lists"
            )
    return Ranking(source.path, lists, tuple(table.warnings))


def _trec(source: Text) -> Ranking:
    ranked: dict[str, list[tuple[float, int, str]]] = {}
    for number, line in enumerate(source.text.splitlines(), 1):
        if line.strip():
            match = _TREC.fullmatch(line.strip())
            if match is None or not _is_number(match[5]):
                raise UserError(
                    f"{source.path}, line {number}: wanted `query Q0 clip rank score tag`; got {cut(line)!r}"
                )
            ranked.setdefault(match[1], []).append((-float(match[5]), int(match[4]), match[3]))
    lists = {query: [clip for *_, clip in sorted(rows)] for query, rows in ranked.items()}
    twice = [query for query, names in lists.items() if len(set(names)) < len(names)]
    if twice:
        raise UserError(f"{source.path} names a clip twice for the queries {first_few(twice)}")
    return Ranking(source.path, lists, source.warnings)


def _matrix(table: TextTable) -> Ranking:
    clips, queries, values = tuple(table.header[1:]), list[str](), list[list[float]]()
    for line, cells in table.rows:
        if len(cells) != len(table.header) or not all(map(_is_number, cells[1:])):
            raise UserError(f"{table.path}, line {line}: wanted a query and {len(clips)} similarities")
        queries.append(cells[0])
        values.append([float(cell) for cell in cells[1:]])
    if len(set(queries)) < len(queries):
        raise UserError(f"{table.path} has a query twice; wanted a row for each distinct caption")
    similarity = np.array(values)
    if np.isnan(similarity).any():
        raise UserError(f"{table.path} has similarities that are no numbers")
    orders = np.argsort(-similarity, axis=1, kind="stable")
    lists = {query: [clips[at] for at in order] for query, order in zip(queries, orders, strict=True)}
    return Ranking(table.path, lists, tuple(table.warnings), clips, similarity)


def named_alike(ranking: Ranking, relevance: Relevance) -> Ranking:
    """Return the ranking with the clips' names as the references have them; near names are said.

    Raises:
        UserError: no name is that of a clip.
    """
    listed = dict.fromkeys(name for names in ranking.lists.values() for name in names)
    names = match_names(relevance.clips, listed)
    if not names.of:
        raise UserError(
            f"no clip that {ranking.path} lists is one of {relevance.path}: lists have {first_few(listed, 2)}, "
            f"references {first_few(relevance.clips, 2)}{names.hint()}"
        )
    warnings = [*ranking.warnings, *names.said(str(ranking.path), str(relevance.path))]
    if names.extra:
        warnings.append(
            f"{counted(len(names.extra), 'listed name is no clip', 'listed names are no clips')} of "
            f"{relevance.path}: {first_few(names.extra)}"
        )
    own = {given: wanted for wanted, given in names.of.items()}
    lists = {query: [own.get(name, name) for name in row] for query, row in ranking.lists.items()}
    return replace(ranking, lists=lists, warnings=tuple(warnings), clips=tuple(own.get(n, n) for n in ranking.clips))


def check_queries(ranking: Ranking, relevance: Relevance) -> None:
    """Make sure that the lists are of the queries.

    Raises:
        UserError: a query has no list, or there are lists of other queries.
    """
    lists, relevant, path = ranking.lists, relevance.relevant, ranking.path
    missing = [query for query in relevant if query not in lists]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(relevant)} captions of {relevance.path} have no row in {path}: "
            f"{first_few(missing, 2)}; every reference caption is a query, word for word"
        )
    unknown = [query for query in lists if query not in relevant]
    if unknown:
        raise UserError(f"{path} has queries that are no caption of {relevance.path}: {first_few(unknown, 2)}")


def score_lists(path: Path, references: References, cuts: Sequence[int] = (1, 5, 10)) -> dict[str, Score]:
    """Return the retrieval metrics of a file of ranked lists, one value a distinct reference caption.

    Raises:
        UserError: the file is no such table, or a query is unknown or missing.
    """
    relevance = from_references(references)
    ranking = named_alike(parse_ranking(read_text(path)), relevance)
    check_queries(ranking, relevance)
    lists = [ranking.lists[query] for query in relevance.relevant]
    return from_lists(lists, [*relevance.relevant.values()], cuts)
