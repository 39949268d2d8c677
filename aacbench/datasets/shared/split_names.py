"""Which column of a table holds splits, and which split each of its words means.

`train`, `dev`, `test` are training, validation and evaluation clips; beside a word that is plainly the training set's,
`dev` is the validation set, alone it is Clotho's development set, which is trained on. Two words for one split are
refused: one of them would be a set that its author kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from aacbench.errors import UserError, cut, first_few

SPLITS = {
    "development": ("train", "training", "development", "tr"),
    "validation": ("validation", "val", "valid"),
    "evaluation": ("evaluation", "eval", "test", "testing", "te"),
}
DEV = "dev"  # what it means depends on its neighbours
COLUMNS = ("split", "splits", "subset", "partition", "fold", "set")
WORDS = {word: split for split, words in SPLITS.items() for word in words}


def split_column(path: Path, header: Sequence[str], asked: str | None) -> str | None:
    """Return the column of splits: the one asked for, else the one with a usual name; None where there is none.

    Raises:
        UserError: the one asked for is absent, or several have usual names.
    """
    if asked is not None:
        if asked not in header:
            raise UserError(
                f"{path} lacks the column {asked!r} of the setting split_column; found {first_few(header, 8)}"
            )
        return asked
    named = [name for name in header if name.strip().casefold() in COLUMNS]
    if "split" in named:
        return "split"
    if len(named) > 1:
        raise UserError(f"{path} has the columns {first_few(named)}: say which holds the splits, split_column=NAME")
    return named[0] if named else None


def meanings(path: Path, column: str, values: Iterable[str]) -> dict[str, str]:
    """Return the split that each value of the column means; empty values are left out.

    Raises:
        UserError: a value means none, or two mean the same.
    """
    words = {value: value.strip().casefold() for value in dict.fromkeys(values) if value.strip()}
    used = set(words.values())
    known = {**WORDS, DEV: "validation" if used & {*SPLITS["development"]} else "development"}
    unknown = [value for value, word in words.items() if word not in known]
    if unknown:
        raise UserError(
            f"{path} has the split {cut(unknown[0])!r} in its column {column!r}; wanted {', '.join(SPLITS)}, or "
            "name another column with the setting split_column"
        )
    for split in SPLITS:
        names = sorted(word for word in used if known[word] == split)
        if len(names) > 1:
            raise UserError(
                f"{path} has two names for the split {split} in its column {column!r}: {first_few(names)}; give the "
                "clips of both one name, or those of one another"
            )
    return {value: known[word] for value, word in words.items()}
