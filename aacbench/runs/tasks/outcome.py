"""What a task leaves for the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aacbench.types import Score


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """Scores by name, and the seconds that the system took for the evaluation clips."""

    scores: Mapping[str, Score]
    seconds: float
