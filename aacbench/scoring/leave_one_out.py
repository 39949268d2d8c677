"""Scoring a run: its captions against the references, or each reference against the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aacbench.contracts import CaptionsByReference, Method, MetricSpec
from aacbench.contracts.context import RunContext
from aacbench.errors import first_few
from aacbench.inference.postprocessed import rule_of
from aacbench.runtime.progress import status
from aacbench.scoring.core import score_items, score_prepared, signed
from aacbench.scoring.report import ScoreReport
from aacbench.scoring.scorer import MetricSettings, Scorer
from aacbench.scoring.select import select
from aacbench.scoring.tokens import tokenised
from aacbench.types import Score, WordSeconds


def score_run(
    context: RunContext,
    method: Method,
    captions: Sequence[str],
    names: Sequence[str] | None,
    word_seconds: Sequence[WordSeconds] = (),
) -> ScoreReport:
    """Score the captions with the metrics asked for, or all that are computed by default.

    Where the system does not say when it attended at its words (`word_seconds`), metrics of that are left out.
    """
    selection, settings = select(names, context.registries.metrics), context.metric_settings
    if not word_seconds and (others := selection.untimed()).specs and others != selection:
        left_out = [name for name in selection.outputs if name not in others.outputs]
        status(f"{first_few(left_out)} left out: {context.method} does not say when it attends at its words")
        selection = others
    clips = context.clips["evaluation"]
    ids, references = [clip.id for clip in clips], [clip.captions for clip in clips]
    if isinstance(method, CaptionsByReference) and method.leave_one_out:
        report = score_leave_one_out(ids, references, selection.specs, settings)
    else:
        audio = [clip.audio for clip in clips]
        report = score_items(
            ids, captions, references, selection.specs, settings=settings, audio=audio, word_seconds=word_seconds
        )
    return signed(report.only(selection.outputs), rule_of(context.settings))


def score_leave_one_out(
    ids: Sequence[str],
    references: Sequence[Sequence[str]],
    specs: Sequence[MetricSpec],
    settings: MetricSettings | None = None,
) -> ScoreReport:
    """Score every clip's k-th reference against its others, for each k that all clips have, and take the mean."""
    scorer = Scorer(specs, settings=settings)
    scorer.check_ready()
    rounds = []
    for left_out in range(min(map(len, references))):
        others = [(*texts[:left_out], *texts[left_out + 1 :]) for texts in references]
        items = tokenised(ids, [texts[left_out] for texts in references], others, "native")
        rounds.append(score_prepared(scorer, items))
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
