"""Captioning: one caption a clip, scored against its references; `predictions.csv` and `items.csv` by file name."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from aacbench.contracts import Method
from aacbench.contracts.context import RunContext
from aacbench.files.atomic import atomic_write
from aacbench.inference.postprocessed import cleaned
from aacbench.inference.resumable import decode
from aacbench.runs.energy import metered
from aacbench.runs.tasks.outcome import TaskOutcome
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.runtime.distributed.process_group import is_rank_zero
from aacbench.scoring import write_items
from aacbench.scoring.files import NAME, PREDICTION
from aacbench.scoring.leave_one_out import score_run
from aacbench.scoring.word_seconds import WORD_SECONDS, kept_seconds, written_seconds
from aacbench.types import Clip, Score, WordSeconds


def evaluate(context: RunContext, method: Method, keys: Sequence[str], metrics: Sequence[str] | None) -> TaskOutcome:
    """Caption the evaluation clips and score the captions; `keys` are those of the run's stages."""
    with metered(context.energy and is_rank_zero()) as meter:
        decoded = decode(context, method, keys)
    captions = cleaned(decoded.captions, context.settings)
    if timed := decoded.word_seconds:
        timed = [kept_seconds(*row) for row in zip(decoded.captions, captions, timed, strict=True)]
    scores = _scored(context, method, captions, metrics, timed)
    return TaskOutcome(scores, decoded.seconds, decoded.anew, decoded.account, meter.kwh, decoded.network)


@on_rank_zero
def _scored(
    context: RunContext,
    method: Method,
    captions: Sequence[str],
    metrics: Sequence[str] | None,
    word_seconds: Sequence[WordSeconds],
) -> Mapping[str, Score]:
    text = predictions_csv(context.clips["evaluation"], captions, word_seconds)
    atomic_write(context.outputs / "predictions.csv", text)
    report = score_run(context, method, captions, metrics, word_seconds)
    write_items(context.outputs / "items.csv", report)
    return report.scores


def predictions_csv(clips: Sequence[Clip], captions: Sequence[str], word_seconds: Sequence[WordSeconds] = ()) -> str:
    """Return the DCASE form, file_name,caption_predicted; a third column says when words were attended to, if known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns: dict[str, Sequence[str]] = {NAME: [clip.id for clip in clips], PREDICTION: captions}
    if word_seconds:
        columns[WORD_SECONDS] = [written_seconds(seconds) for seconds in word_seconds]
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()
