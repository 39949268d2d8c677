"""Weights & Biases. Its own variables hold: WANDB_MODE=offline, WANDB_PROJECT, WANDB_ENTITY, WANDB_API_KEY."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aacbench.contracts.trackers import TrackedRun

PROJECT = "aacbench"


@dataclass
class Wandb:
    """The tracker `wandb`. `mode` is online, offline (files for `wandb sync` in the run's folder) or disabled."""

    project: str | None = None
    entity: str | None = None
    mode: str | None = None
    parts: set[str] = field(default_factory=set, init=False)

    def start(self, run: TrackedRun) -> None:
        """Open the run of this id, or go on in it."""
        import wandb  # takes a second

        mode: Any = self.mode or os.environ.get("WANDB_MODE")
        self.run: Any = wandb.init(
            project=self.project or os.environ.get("WANDB_PROJECT", PROJECT),
            entity=self.entity,
            mode=mode,
            id=run.id,
            name=run.name,
            config=dict(run.settings),
            dir=str(run.folder),
            resume="allow",
        )

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers; each part of the run has an axis of its own, `part/step`."""
        steps: dict[str, float] = {}
        for name in values:
            part = name.rpartition("/")[0] or "run"
            axis = f"{part}/step"
            if part not in self.parts:
                self.parts.add(part)
                self.run.define_metric(axis)
                self.run.define_metric(f"{part}/*", step_metric=axis)
            steps[axis] = step
        self.run.log({**values, **steps})

    def close(self) -> None:
        """Send what is left."""
        self.run.finish()
