"""Scoring a run: its captions against the references, or each reference against the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aacbench.contracts import Method
from aacbench.contracts.context import RunContext
from aacbench.scoring.core import score_items
from aacbench.scoring.report import ScoreReport
from aacbench.types import Score


def score_run(context: RunContext, method: Method, captions: Sequence[str], names: Sequence[str] | None) -> ScoreReport:
    """Score the captions with the metrics asked for, or all that are computed by default."""
    specs = context.metrics(names) if names else [spec for spec in context.registries.metrics if spec.default]
    clips = context.clips["evaluation"]
    ids = [clip.id for clip in clips]
    if not getattr(method, "leave_one_out", False):
        return score_items(ids, captions, [clip.captions for clip in clips], specs)
    rounds = [
        score_items(
            ids,
            [clip.captions[place] for clip in clips],
            [(*clip.captions[:place], *clip.captions[place + 1 :]) for clip in clips],
            specs,
        )
        for place in range(min(len(clip.captions) for clip in clips))
    ]
    return mean_report(rounds)


def mean_report(rounds: Sequence[ScoreReport]) -> ScoreReport:
    """Return the mean of the rounds' scores, corpus and items; the signature says how many rounds there were."""
    scores = {}
    for name, first in rounds[0].scores.items():
        each = [report.scores[name] for report in rounds]
        columns = [score.items for score in each if score.items is not None]
        items = tuple(sum(values) / len(values) for values in zip(*columns, strict=True)) if columns else None
        corpus = sum(score.corpus for score in each) / len(each)
        scores[name] = Score(name, corpus, items, {**first.signature, "leave_one_out": len(rounds)})
    return replace(rounds[0], scores=scores)
