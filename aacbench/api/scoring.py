"""Scoring from Python: lists in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aacbench.api import inputs
from aacbench.host import manager
from aacbench.scoring import ScoreReport, score_items, select


def score(
    candidates: Iterable[str],
    references: Iterable[Iterable[str]],
    metrics: Iterable[str] | str | None = None,
    *,
    engine: str = "native",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, float]:
    """Return the corpus score of N candidates against N lists of references, by name.

    Scores are fractions (SPIDEr to 5.5, CIDEr-D to 10), lengths are in words. `metrics` are names of metrics (`bleu`)
    or of single scores (`bleu_4`), in a list or as text with commas; by default all that need no model. `engine` is
    `native` or `reference` (pycocoevalcap and its jars). `settings` go to metrics by name:
    `{"sbert_sim": {"model": "..."}}`.

    Raises:
        UserError: the lists do not fit one another, an item is no text, a clip has no reference, or a name is unknown.
    """
    report = score_report(candidates, references, metrics, engine=engine, settings=settings)
    return {name: one.corpus for name, one in report.scores.items()}


def score_report(
    candidates: Iterable[str],
    references: Iterable[Iterable[str]],
    metrics: Iterable[str] | str | None = None,
    *,
    ids: Iterable[str] | None = None,
    engine: str = "native",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    resamples: int = 0,
    seed: int = 0,
    word_seconds: Iterable[Iterable[float | None]] = (),
) -> ScoreReport:
    """Return scores with values per item, signatures, warnings and, with `resamples`, 95 % confidence intervals.

    `ids` are the clips' file names, by default their numbers. `word_seconds` has, for each candidate, the second at
    which the system attended at each of its words, for metrics that read it. `ScoreReport.to_frame()` is a data frame,
    a row a clip.

    Raises:
        UserError: as `score`.
    """
    selection = select(inputs.metric_names(metrics), manager.load().registries.metrics, engine=engine)
    captions, wanted = inputs.candidates(candidates), inputs.references(references)
    names = [str(row) for row in range(len(captions))] if ids is None else inputs.names(ids)
    timed = [tuple(seconds) for seconds in word_seconds]
    report = score_items(
        names, captions, wanted, selection.specs, engine, settings, resamples, seed, word_seconds=timed
    )
    return report.only(selection.outputs)
