"""Predictions and references brought together by file name, exactly; whatever does not match is said."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from aacbench.errors import UserError, first_few
from aacbench.scoring.files import Predictions, References


@dataclass(frozen=True, slots=True)
class Matched:
    """What to score, in the order of the reference file, and what a reader should know."""

    ids: tuple[str, ...]
    candidates: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    cautions: tuple[str, ...]


def match(predictions: Predictions, references: References, partial: bool = False) -> Matched:
    """Match predictions to references.

    With `partial`, clips without a prediction are left out with a caution; otherwise they are an error.

    Raises:
        UserError: no file name is in both files, or a clip has no prediction.
    """
    missing = [name for name in references.captions if name not in predictions.captions]
    extra = [name for name in predictions.captions if name not in references.captions]
    cautions = [*predictions.cautions, *references.cautions]
    if len(missing) == len(references.captions):
        raise UserError(
            f"no file name of {predictions.path} is in {references.path}: predictions have "
            f"{first_few(extra, 2)}, references {first_few(missing, 2)}{_near(extra, missing)}"
        )
    if missing and not partial:
        raise UserError(
            f"{len(missing)} of {len(references.captions)} clips of {references.path} have no prediction in "
            f"{predictions.path}: {first_few(missing)}{_near(extra, missing)}; add them, or score the others "
            "alone with --partial (corpus scores of different sets of clips must not be compared)"
        )
    if missing:
        cautions.append(
            f"{len(missing)} of {len(references.captions)} clips have no prediction and are left out: "
            f"{first_few(missing)}; do not compare these scores with scores of the whole set"
        )
    if extra:
        cautions.append(
            f"{len(extra)} predictions are of clips without references and are left out: {first_few(extra)}"
        )
    ids = [name for name in references.captions if name in predictions.captions]
    return Matched(
        tuple(ids),
        tuple(predictions.captions[name] for name in ids),
        tuple(references.captions[name] for name in ids),
        tuple(cautions),
    )


def _near(extra: Iterable[str], missing: Iterable[str]) -> str:
    """Return a hint where names would match but for folder, ending, letter case, blanks or Unicode form."""
    loose = {_loose(name): name for name in extra}
    for name in missing:
        other = loose.get(_loose(name))
        if other is not None:
            return f" (names must be equal letter for letter: {other!r} is not {name!r})"
    return ""


def _loose(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/").strip())
    stem = path.stem if path.suffix.casefold() in {".wav", ".flac", ".mp3", ".ogg"} else path.name
    return unicodedata.normalize("NFKC", stem).strip().casefold()
