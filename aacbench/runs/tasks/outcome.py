"""What a task leaves for the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aacbench.contracts import Account, NetworkCosts
from aacbench.types import Score


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """Scores by name, the seconds that the system took for the evaluation clips, and whether it did anything now.

    `account` says what else came of the clips, `network` what the system's network costs.
    """

    scores: Mapping[str, Score]
    seconds: float
    anew: bool = field(default=True, compare=False)
    account: Account = field(default_factory=Account, compare=False)
    kwh: float | None = field(default=None, compare=False)
    """The energy of the whole decoding, where it was measured in one go."""
    network: NetworkCosts | None = field(default=None, compare=False)
