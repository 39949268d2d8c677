"""A stage tried on a few clips before anything is trained: what it loads is loaded, what a step wants is measured."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aacbench.audio.io import info
from aacbench.contracts import Stage, Task
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.runtime.verbosity import silent
from aacbench.types import Clip

FEW, LOOKED_AT = 4, 100


def few(clips: Sequence[Clip]) -> list[Clip]:
    """Return the longest four of the first hundred clips, by which a step's memory is known; silent ones come last."""
    return sorted(clips[:LOOKED_AT], key=_seconds, reverse=True)[:FEW]


def _seconds(clip: Clip) -> float:
    """Return the clip's length; 0 where there is no audio, which only stages that hear it want."""
    try:
        return info(clip.audio).seconds
    except UserError:
        return 0.0


def rehearse(context: RunContext, stage: Stage, waiting: bool, step: bool) -> int | None:
    """Have `stage` load what it loads; with `step`, return the bytes that a step of it wants at most.

    `waiting` says that stages it builds upon have not been run. None is returned where the stage cannot be tried.

    Raises:
        UserError: weights, a text encoder or a dataset cannot be had, or the monitor is none of the stage's.
    """
    with silent(), tempfile.TemporaryDirectory() as folder:
        clips = few(context.clips["training"]) if context.clips else []
        parts = {part: clips for part in context.clips}
        tried = replace(context, clips=parts, folder=Path(folder), stages={})
        made = stage.rehearsal(tried, waiting)
        if made is None:
            return None
        from aacbench.models.memory import step_bytes  # noqa: PLC0415 - torch is there from the first task on

        task, settings = made
        task.model.to(context.device)
        _check_monitor(task, settings.monitor)
        return step_bytes(task, settings) if step else None


def _check_monitor(task: Task, monitor: str) -> None:
    """Raise `UserError` unless validation reports the monitor; scores of captions are asked for without captions."""
    if monitor == "loss" or getattr(task, "monitor", None) is not None:
        return
    from aacbench.models.memory import reported  # noqa: PLC0415

    known = reported(task)
    if monitor not in known:
        raise UserError(f"{task.name} has no monitor {monitor!r}; it has: {', '.join(known)}")
