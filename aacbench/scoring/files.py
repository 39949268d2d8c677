"""Predictions and references: one row a clip, read with every cell as the words it holds.

A table (`aacbench.files.tables`) or JSON (`aacbench.scoring.source`). Predictions have `file_name` and
`caption_predicted`, or several candidates a clip in `caption_predicted_1..K`, and may have `word_seconds`
(`aacbench.scoring.word_seconds`) of the only or first candidate; references have `file_name` and
`caption_1..N` (Clotho) or `caption_reference_01..N` (DCASE tools), where empty cells are references that a clip does
not have, or one `caption` a row with as many rows a clip as it has references. One file may hold both. Columns of
other names are said with `Columns`. File names are taken as they stand, blanks at the ends included (Clotho has
some); so are captions such as `nan` or `None`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aacbench.errors import UserError, counted, cut, first_few
from aacbench.files.tables import Text, TextTable, read_text
from aacbench.scoring.columns import NAME, PREDICTION, Columns
from aacbench.scoring.source import parse_rows
from aacbench.scoring.word_seconds import WORD_SECONDS, parse_seconds
from aacbench.types import WordSeconds

__all__ = ["NAME", "PREDICTION", "Predictions", "References", "read_predictions", "read_references"]

WORDS = 200  # and marks of a caption: a longer one is no sentence, which is said
LONGEST = 10_000  # characters; a longer one is refused
_WORD = re.compile(r"\w+|[^\w\s]")
_LOOKS_MISSING = {"nan", "none", "null", "na", "n/a", "<na>"}


@dataclass(frozen=True, slots=True)
class Predictions:
    """One caption a clip by file name, in the file's order, and what a reader should know.

    `candidates` are all K captions of each clip, where the file has several; the first one is in `captions`, and
    `word_seconds` are of its words, by file name; there are none where the file says none.
    """

    path: Path
    captions: dict[str, str]
    warnings: tuple[str, ...] = ()
    candidates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    word_seconds: dict[str, WordSeconds] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class References:
    """Every clip's references by file name, in the file's order, and what a reader should know."""

    path: Path
    captions: dict[str, tuple[str, ...]]
    warnings: tuple[str, ...] = ()


def read_predictions(path: Path, columns: Columns | None = None) -> Predictions:
    """Read a predictions file.

    Raises:
        UserError: it cannot be read, is no such table, or predicts a clip more than once.
    """
    return parse_predictions(read_text(path), columns)


def parse_predictions(source: Text, columns: Columns | None = None) -> Predictions:
    """Return the predictions in a text; raises as `read_predictions`."""
    columns = columns or Columns()
    table, path = parse_rows(source, columns.known()), source.path
    name_at, chosen = table.column(columns.name_column(table)), columns.candidates(table)
    if not chosen:
        raise UserError(
            f"{path} has no column {PREDICTION!r}; its columns are {first_few(table.header, 8)}; say which it is with "
            "--columns candidate=COLUMN"
        )
    table.require_whole()
    positions = [table.column(name) for name in chosen]
    timed_at = table.column(WORD_SECONDS) if WORD_SECONDS in table.header else None
    candidates: dict[str, tuple[str, ...]] = {}
    word_seconds: dict[str, WordSeconds] = {}
    twice: list[str] = []
    for line, cells in table.rows:
        name = _clip_name(path, line, cells[name_at])
        twice += [name] if name in candidates else []
        texts = [_caption(path, line, cells[position]) for position in positions]
        candidates[name] = (texts[0], *(text for text in texts[1:] if text.strip()))
        if timed_at is not None:
            word_seconds[name] = parse_seconds(f"{path}, line {line}", texts[0], cells[timed_at])
    if twice:
        raise UserError(
            f"{path} predicts these clips more than once: {first_few(twice)}; keep one row a clip (several candidates "
            f"of a clip are columns {PREDICTION}_1, {PREDICTION}_2, ...)"
        )
    captions = {name: texts[0] for name, texts in candidates.items()}
    usual = columns.candidate or chosen[0].startswith(PREDICTION)
    named = [] if usual else [f"{path} has no column {PREDICTION!r}; {chosen[0]!r} is taken for it"]
    warnings = [*table.warnings, *named, *_odd_cells(path, captions), *_long(path, candidates)]
    several = candidates if len(chosen) > 1 else {}
    return Predictions(path, captions, tuple(warnings), several, word_seconds if any(word_seconds.values()) else {})


def read_references(path: Path, columns: Columns | None = None) -> References:
    """Read a reference file.

    Raises:
        UserError: it cannot be read, is no such table, or has a clip twice or without any reference.
    """
    return parse_references(read_text(path), columns)


def parse_references(source: Text, columns: Columns | None = None) -> References:
    """Return the references in a text; raises as `read_references`."""
    columns = columns or Columns()
    table, path = parse_rows(source, columns.known()), source.path
    name_at = table.column(columns.name_column(table))
    numbered = columns.references(table)
    chosen = numbered or [name for name in table.header if name in ("caption", "reference")][:1]
    if not chosen:
        raise UserError(
            f"{path} has no references; wanted columns caption_1, caption_2 or caption_reference_01, ...; "
            f"its columns are {first_few(table.header, 8)}; say which with --columns reference=COLUMN"
        )
    one_each = chosen == [columns.reference] or not numbered
    positions = [table.column(name) for name in chosen]
    captions: dict[str, tuple[str, ...]] = {}
    twice: list[str] = []
    for line, cells in table.rows:
        name = _clip_name(path, line, cells[name_at] if name_at < len(cells) else "")
        texts = tuple(_caption(path, line, cells[at]) for at in positions if at < len(cells) and cells[at].strip())
        if name in captions and not one_each:
            twice.append(name)
        captions[name] = captions.get(name, ()) + texts
    if twice:
        raise UserError(f"{path} has these clips more than once: {first_few(twice)}; keep one row a clip")
    without = [name for name, texts in captions.items() if not texts]
    if without:
        raise UserError(f"{path} has no reference at all for {first_few(without)}; add one or drop the row")
    fewer = [name for name, texts in captions.items() if not one_each and len(texts) < len(chosen)]
    warnings = [*table.warnings, *([_missing(path, captions, chosen, fewer)] if fewer else [])]
    if not numbered:
        warnings.append(f"{path} has no columns caption_1, caption_2, ...; each row's {chosen[0]!r} is one reference")
    return References(path, captions, tuple(warnings))


def has_references(table: TextTable, columns: Columns) -> bool:
    """Whether a table of predictions holds the references, too."""
    return bool(columns.references(table))


def _missing(path: Path, captions: Mapping[str, tuple[str, ...]], columns: Sequence[str], fewer: Sequence[str]) -> str:
    """Return one line about empty cells, which are references that clips do not have."""
    count = sum(len(columns) - len(captions[name]) for name in fewer)
    return (
        f"{path}: {counted(count, 'empty cell')} in the {len(columns)} columns of references; {len(fewer)} of "
        f"{len(captions)} clips are scored against fewer: {first_few(fewer)}"
    )


def _clip_name(path: Path, line: int, name: str) -> str:
    if not name.strip():
        raise UserError(f"{path}, line {line}: no file name")
    return name


def _caption(path: Path, line: int, caption: str) -> str:
    if len(caption) > LONGEST:
        raise UserError(
            f"{path}, line {line}: a caption of {len(caption):,} characters ({cut(caption, 60)!r}); wanted a sentence, "
            f"at most {LONGEST:,} characters"
        )
    return caption


def _long(path: Path, candidates: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return a caution about captions that are no sentence: scored as they are, however long."""
    sizes = {
        name: max(len(_WORD.findall(text)) for text in texts)
        for name, texts in candidates.items()
        if any(len(text) > WORDS for text in texts)
    }
    long = [name for name, size in sizes.items() if size > WORDS]
    if not long:
        return []
    most = max(long, key=sizes.__getitem__)
    return [
        f"{path}: {counted(len(long), 'caption')} of more than {WORDS} words, scored as they are; the longest has "
        f"{sizes[most]:,}: {most!r}"
    ]


def _odd_cells(path: Path, captions: dict[str, str]) -> list[str]:
    """Return warnings about captions that are empty, or that look like a missing value but are taken as
    words.
    """
    empty = [name for name, text in captions.items() if not text.strip()]
    words = [name for name, text in captions.items() if text.strip().casefold() in _LOOKS_MISSING]
    warnings = []
    if empty:
        number = counted(len(empty), "empty prediction")
        warnings.append(f"{path}: {number}, scored as an empty caption: {first_few(empty)}")
    if words:
        warnings.append(
            f"{path}: {counted(len(words), 'prediction reads', 'predictions read')} like a missing value "
            f"({captions[words[0]]!r}), scored as that word: {first_few(words)}"
        )
    return warnings
