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
from aacbench.scoring.leave_one_out import score_run
from aacbench.types import Clip, Score


def evaluate(context: RunContext, method: Method, keys: Sequence[str], metrics: Sequence[str] | None) -> TaskOutcome:
    """Caption the evaluation clips and score the captions; `keys` are those of the run's stages."""
    with metered(context.energy and is_rank_zero()) as meter:
        decoded = decode(context, method, keys)
    scores = _scored(context, method, cleaned(decoded.captions, context.settings), metrics)
    return TaskOutcome(scores, decoded.seconds, decoded.anew, decoded.account, meter.kwh, decoded.network)


@on_rank_zero
def _scored(
    context: RunContext, method: Method, captions: Sequence[str], metrics: Sequence[str] | None
) -> Mapping[str, Score]:
    atomic_write(context.outputs / "predictions.csv", predictions_csv(context.clips["evaluation"], captions))
    report = score_run(context, method, captions, metrics)
    write_items(context.outputs / "items.csv", report)
    return report.scores


def predictions_csv(clips: Sequence[Clip], captions: Sequence[str]) -> str:
    """Return the DCASE form: file_name,caption_predicted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file_name", "caption_predicted"])
    writer.writerows((clip.id, caption) for clip, caption in zip(clips, captions, strict=True))
    return text.getvalue()
