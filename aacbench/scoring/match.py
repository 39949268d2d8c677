"""Predictions and references brought together by file name; whatever does not match letter for letter is said."""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.errors import UserError, counted, first_few
from aacbench.files.names import match_names
from aacbench.scoring.files import Predictions, References
from aacbench.types import WordSeconds


@dataclass(frozen=True, slots=True)
class Matched:
    """What to score, in the order of the reference file, and what a reader should know.

    `alternatives` are all candidates of each clip where there are several, empty otherwise. `word_seconds` are of each
    candidate's words, empty where the predictions say none.
    """

    ids: tuple[str, ...]
    candidates: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...] = ()
    word_seconds: tuple[WordSeconds, ...] = ()


def match(predictions: Predictions, references: References, partial: bool = False) -> Matched:
    """Match predictions to references; near names are taken where there is no doubt (`aacbench.files.names`).

    With `partial`, clips without a prediction are left out with a caution; otherwise they are an error.

    Raises:
        UserError: no file name is in both files, or a clip has no prediction.
    """
    names = match_names(references.captions, predictions.captions)
    missing, extra = names.missing, names.extra
    warnings = [*predictions.warnings, *references.warnings]
    warnings += names.said(str(predictions.path), str(references.path))
    if not names.of:
        raise UserError(
            f"no file name of {predictions.path} is in {references.path}: predictions have "
            f"{first_few(extra, 2)}, references {first_few(missing, 2)}{names.hint()}"
        )
    if missing and not partial:
        raise UserError(
            f"{len(missing)} of {len(references.captions)} clips of {references.path} have no prediction in "
            f"{predictions.path}: {first_few(missing)}{names.hint()}; add them, or score the others "
            "alone with --partial (corpus scores of different sets of clips must not be compared)"
        )
    if missing:
        warnings.append(
            f"{len(missing)} of {len(references.captions)} clips have no prediction and are left out: "
            f"{first_few(missing)}; do not compare these scores with scores of the whole set"
        )
    if extra:
        warnings.append(
            f"{counted(len(extra), 'prediction is of a clip', 'predictions are of clips')} without references and left "
            f"out: {first_few(extra)}"
        )
    return Matched(
        tuple(names.of),
        tuple(predictions.captions[given] for given in names.of.values()),
        tuple(references.captions[name] for name in names.of),
        tuple(warnings),
        tuple(predictions.candidates[given] for given in names.of.values()) if predictions.candidates else (),
        tuple(predictions.word_seconds[given] for given in names.of.values()) if predictions.word_seconds else (),
    )
