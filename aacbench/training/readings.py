"""Losses of optimiser steps, which stay on their device until several of them are read together.

Reading one makes the processor wait until a GPU has done all that it was told, and the GPU wait for the next step to be
told: so a GPU's are read once in `TOGETHER` steps, on which all processes agree. A processor's are read at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from aacbench.runtime.distributed.collectives import mean_ranks
from aacbench.runtime.distributed.process_group import group

TOGETHER = 20
OLDEST = 5.0
"""Seconds after which one process alone reads what it has, so that slow steps are checked and kept, too."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The number of an optimiser step, its learning rate, and its losses by name."""

    step: int
    rate: float
    losses: Mapping[str, float]


class Readings:
    """Losses that wait on `device` to be read."""

    def __init__(self, device: str) -> None:
        self.together = TOGETHER if torch.device(device).type == "cuda" else 1
        self.waiting: list[tuple[int, float, tuple[str, ...], Tensor]] = []
        self.since = 0.0

    def add(self, step: int, rate: float, losses: Mapping[str, Tensor]) -> None:
        """Keep the scalar losses of a step."""
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting.append((step, rate, tuple(losses), torch.stack([*losses.values()]).detach()))

    def due(self) -> bool:
        """Whether it is time to read; processes that train together say the same."""
        if not self.waiting or len(self.waiting) >= self.together:
            return bool(self.waiting)
        return group().count == 1 and time.monotonic() - self.since > OLDEST

    def read(self) -> list[Reading]:
        """Return what waits, in order, as means over processes; nothing waits afterwards."""
        if not self.waiting:
            return []
        waiting, self.waiting = self.waiting, []
        values = iter(torch.cat([losses for _, _, _, losses in waiting]).tolist())
        keys = [(index, name) for index, (_, _, names, _) in enumerate(waiting) for name in names]
        means = mean_ranks({f"{index} {name}": next(values) for index, name in keys})
        return [
            Reading(step, rate, {name: means[f"{index} {name}"] for name in names})
            for index, (step, rate, names, _) in enumerate(waiting)
        ]
