"""What a task leaves for the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aacbench.types import Score


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """Scores by name, the seconds that the system took for the evaluation clips, and whether it did anything now."""

    scores: Mapping[str, Score]
    seconds: float
    anew: bool = field(default=True, compare=False)
