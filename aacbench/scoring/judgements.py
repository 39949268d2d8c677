"""People's judgements of captions: which of two is better, by categories; or a rating of one.

Two forms of JSON are read. That of the FENSE benchmark (Zhou et al. 2022): a list of clips with `references` and, under
`HC`, `HI`, `HM` and `MM_1`, `MM_2`, ..., two captions, more of no interest, and a list of votes (1 for the first, -1
for the second, 0 for neither). And flat objects (a list, or one a line): `references`, `category`, `caption_0`,
`caption_1` and `votes` (or one `vote`); or `references`, `caption` and `rating` (or a list of `ratings`).

In HC a human caption is compared with a human one, in HI with one of another clip, in HM with a machine's; each human
caption among the references is left out where it is judged, as in the benchmark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from aacbench.errors import UserError, one_line
from aacbench.files.safe_read import parse_json
from aacbench.files.tables import Text, read_text

_FACET = re.compile(r"(HC|HI|HM|MM)(?:_\d+)?")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two captions of a clip, each with the references it is scored against; `preference` is above 0 for the first."""

    category: str
    captions: tuple[str, str]
    references: tuple[tuple[str, ...], tuple[str, ...]]
    preference: float


@dataclass(frozen=True, slots=True)
class Rated:
    """A caption of a clip with the mean of people's ratings."""

    category: str
    caption: str
    references: tuple[str, ...]
    rating: float


@dataclass(frozen=True, slots=True)
class Judgements:
    """What people said; pairs on which they were divided have a preference of 0 and decide nothing."""

    path: Path
    pairs: tuple[Pair, ...]
    rated: tuple[Rated, ...]


def read_judgements(path: Path) -> Judgements:
    """Read judgements.

    Raises:
        UserError: the file has neither form.
    """
    pairs: list[Pair] = []
    rated: list[Rated] = []
    for number, entry in enumerate(_entries(read_text(path)), 1):
        references = _strings(entry.get("references"))
        facets = {key: value for key, value in entry.items() if _FACET.fullmatch(key)}
        try:
            if facets:
                pairs += [made for key, value in facets.items() if (made := _of_facet(key, value, references))]
            elif "rating" in entry or "ratings" in entry:
                rated.append(_rated(entry, references))
            else:
                pairs.append(_flat(entry, references))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise UserError(f"{path}, entry {number}: {one_line(error)}; wanted two captions and votes") from error
    if not pairs and not rated:
        raise UserError(f"{path} holds no judgements")
    return Judgements(path, tuple(pairs), tuple(rated))


def _entries(source: Text) -> list[Mapping[str, Any]]:
    try:
        try:
            whole = parse_json(source.text)
        except ValueError:
            whole = [parse_json(line) for line in source.text.split("\n") if line.strip()]
    except ValueError as error:
        raise UserError(f"{source.path} is no JSON ({one_line(error)})") from error
    entries = whole if isinstance(whole, list) else [whole]
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise UserError(f"{source.path} holds no list of objects")
    return entries


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise UserError(f"wanted a list of references for each clip; got {str(value)[:80]}")
    return tuple(value)


def _of_facet(key: str, value: Sequence[Any], references: tuple[str, ...]) -> Pair | None:
    match = _FACET.fullmatch(key)
    assert match is not None
    category, votes = match[1], value[-1]
    if not isinstance(votes, list):  # a comparison that nobody judged
        return None
    first, second = str(value[0]), str(value[1])
    without_first = _without(references, first) if category != "MM" else references
    theirs = _without(references, second) if category == "HC" else without_first
    return Pair(category, (first, second), (without_first, theirs), float(sum(votes)))


def _without(references: tuple[str, ...], caption: str) -> tuple[str, ...]:
    return tuple(text for text in references if text != caption) or references


def _flat(entry: Mapping[str, Any], references: tuple[str, ...]) -> Pair:
    votes = entry["votes"] if "votes" in entry else [entry["vote"]]
    category = str(entry.get("category", "all"))
    captions = (str(entry["caption_0"]), str(entry["caption_1"]))
    return Pair(category, captions, (references, references), float(sum(votes)))


def _rated(entry: Mapping[str, Any], references: tuple[str, ...]) -> Rated:
    ratings = entry["ratings"] if "ratings" in entry else [entry["rating"]]
    return Rated(str(entry.get("category", "all")), str(entry["caption"]), references, float(mean(ratings)))
