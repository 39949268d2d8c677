"""Trackers: where the numbers of a run are shown besides its own log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """What a tracker is told of the run that it follows.

    `id` is the same whenever a run is gone on with, and another for another run: the name of the tracker's own run.
    `folder` is where it may leave files. `settings` are plain JSON values. `step` is that which one part of a run is
    gone on from (0: from its beginning); None for a whole run, whose parts each have their own.
    """

    id: str
    name: str
    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    step: int | None = None


class Tracker(Protocol):
    """Follows a run.

    A registered tracker lives in a process of its own, one a run, started by the run's first process with the first
    number that there is to log: what it raises, prints or waits for never reaches the run. `log.jsonl` in each stage's
    folder has all numbers of training in any case.
    """

    def start(self, run: TrackedRun) -> None:
        """Open the tracker's run. Called once, before anything else; where `run.id` is known, go on in that run."""
        ...

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Take down numbers by name, such as `cross-entropy/train_loss`, `decoding/seconds` or `scores/spider`.

        What stands before the slash is a part of the run; steps count within it. Called after each epoch, once a
        stage, after each chunk of decoded clips, and once with the scores. A part that is gone on with may repeat
        steps: the later numbers hold.
        """
        ...

    def close(self) -> None:
        """Write what is left and let go. Called once, also where the run failed or was killed."""
        ...


class Untracked:
    """The tracker of a run that is not tracked."""

    def start(self, run: TrackedRun) -> None:
        """Do nothing."""

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
