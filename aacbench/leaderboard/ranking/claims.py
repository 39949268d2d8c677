"""What papers claim, tested with the runs on a board.

A claim names pairs of systems, the better one first. It holds where every better one is ahead by a difference whose
p-value (paired bootstrap over clips and common seeds) is below .05, so no correction for several pairs is due; it
does not hold where one is not; it is not tested where a run is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from aacbench.errors import UserError
from aacbench.files.safe_read import read_bytes, reason
from aacbench.leaderboard.ranking.rows import Row, compare_rows

CLAIMS_SCHEMA_VERSION = 1
LEVEL = 0.05
RESAMPLES = 10_000
Verdict = Literal["holds", "does not hold", "not tested"]


class Pair(BaseModel):
    """Two systems, each `method/variant`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    better: str
    worse: str


class Claim(BaseModel):
    """A sentence of a paper, what the paper shows for it, and the pairs of runs that test it in `metric`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    paper: str
    claim: str
    evidence: str
    task: str = "captioning"
    metric: str
    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class Test:
    """A pair as it came out; numbers are None where a run is missing."""

    pair: Pair
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    seeds: int = 0

    @property
    def passed(self) -> bool:
        """Whether the better system is ahead, and not by chance."""
        return self.difference is not None and self.p is not None and self.difference > 0 and self.p < LEVEL


@dataclass(frozen=True, slots=True)
class Outcome:
    """A claim on a board."""

    claim: Claim
    verdict: Verdict
    tests: tuple[Test, ...]


def load(root: Path) -> list[Claim]:
    """Return the claims.

    Raises:
        UserError: the file does not follow the schema.
    """
    path = root / "claims.json"
    try:
        return TypeAdapter(list[Claim]).validate_json(read_bytes(path))
    except ValidationError as error:
        raise UserError(f"{path} holds no claims of schema {CLAIMS_SCHEMA_VERSION}: {reason(error)}") from error


def outcomes(claims: Sequence[Claim], rows: Sequence[Row]) -> list[Outcome]:
    """Test every claim with the rows of one board."""
    systems: dict[str, dict[str, Row]] = {}
    for row in rows:
        method, variant, preset = row.key
        systems.setdefault(f"{method}/{variant}", {}).setdefault(preset, row)
    return [_outcome(claim, systems) for claim in claims]


def _outcome(claim: Claim, systems: dict[str, dict[str, Row]]) -> Outcome:
    tests = tuple(_test(claim, pair, systems) for pair in claim.pairs)
    if any(test.p is None for test in tests) or not tests:
        return Outcome(claim, "not tested", tests)
    return Outcome(claim, "holds" if all(test.passed for test in tests) else "does not hold", tests)


def _test(claim: Claim, pair: Pair, systems: dict[str, dict[str, Row]]) -> Test:
    better, worse = systems.get(pair.better, {}), systems.get(pair.worse, {})
    for preset in sorted(better.keys() & worse.keys()):
        found = compare_rows(worse[preset], better[preset], claim.metric, RESAMPLES)
        if found:
            result, seeds = found
            return Test(pair, result.difference, result.low, result.high, result.p_bootstrap, seeds)
    return Test(pair)
