"""Scoring from Python: lists in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aacbench.host import manager
from aacbench.scoring import ScoreReport, score_items, select


def score(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    metrics: Sequence[str] | None = None,
    *,
    engine: str = "native",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, float]:
    """Return the corpus score of N candidates against N lists of references, by name.

    `metrics` are names of metrics (`bleu`) or of single scores (`bleu_4`); by default all that need no
    model. `engine` is `native` or `reference` (pycocoevalcap and its jars). `settings` go to metrics by
    name: `{"sbert_sim": {"model": "..."}}`.

    Raises:
        UserError: the lists do not fit one another, a clip has no reference, or a name is unknown.
    """
    report = score_report(candidates, references, metrics, engine=engine, settings=settings)
    return {name: found.corpus for name, found in report.scores.items()}


def score_report(
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    metrics: Sequence[str] | None = None,
    *,
    ids: Sequence[str] | None = None,
    engine: str = "native",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    resamples: int = 0,
    seed: int = 0,
) -> ScoreReport:
    """Return scores with values per item, signatures, cautions and, with `resamples`, confidence intervals.

    Raises:
        UserError: as `score`.
    """
    selection = select(metrics, manager.load().registries.metrics)
    names = [str(row) for row in range(len(candidates))] if ids is None else ids
    report = score_items(names, candidates, references, selection.specs, engine, settings, resamples, seed)
    return report.only(selection.outputs)
