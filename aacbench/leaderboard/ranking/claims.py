"""What papers claim, tested with the runs on a board.

A claim names pairs of systems, the better one first, each run with the settings that its method calls by the preset's
name; other runs decide nothing. It is *supported* where every better one is ahead, *contradicted* where one of them is
behind, each beyond chance: the p-value of the claim, corrected for the number of the board's claims (Holm), is below
.05, and both systems have three common seeds. It is *undecided* otherwise, which says nothing against it: the power
tells whether a difference would have been found. It is *not tested* where a run is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from aacbench.errors import UserError
from aacbench.files.safe_read import parse_unique, read_bytes, reason
from aacbench.leaderboard.ranking.rows import BoardRow, pool
from aacbench.leaderboard.ranking.significance import SEEDS, compare_entries
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.presets import Presets
from aacbench.runs.bounds import Name, Text
from aacbench.scoring.seeds import Effect, Pool, holm

CLAIMS_SCHEMA_VERSION = 1
LEVEL = 0.05
NOTABLE = 0.1  # share of the worse system's score: the difference that the power is told for
Verdict = Literal["supported", "contradicted", "undecided", "not tested"]


class Pair(BaseModel):
    """Two systems, each `method/variant`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    better: Name
    worse: Name


class Claim(BaseModel):
    """A sentence of a paper, what the paper shows for it, and the pairs of runs that test it in `metric`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: Name
    paper: Text
    claim: Text
    evidence: Text
    task: Name = "captioning"
    metric: Name
    pairs: list[Pair]


@dataclass(frozen=True, slots=True)
class Test:
    """A pair as it came out: the effect is None where a run is missing.

    `power` is the chance that a difference of a tenth of the worse system's score would have been found.
    """

    pair: Pair
    effect: Effect | None = None
    power: float | None = None


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """A claim on a board, with its p-value for the verdict it leans to, corrected for the number of claims."""

    claim: Claim
    verdict: Verdict
    tests: tuple[Test, ...]
    p: float | None = None


def load(root: Path) -> list[Claim]:
    """Return the claims; none where there is no such file.

    Raises:
        UserError: the file does not follow the schema.
    """
    path = root / "claims.json"
    if not path.exists():
        return []
    try:
        return TypeAdapter(list[Claim]).validate_python(parse_unique(read_bytes(path)), strict=True)
    except ValueError as error:
        raise UserError(f"{path} holds no claims of schema {CLAIMS_SCHEMA_VERSION}: {reason(error)}") from error


def outcomes(board: Board, claims: Sequence[Claim], rows: Sequence[BoardRow], presets: Presets) -> list[ClaimOutcome]:
    """Test every claim with the rows of one board."""
    systems: dict[str, dict[str, BoardRow]] = {}
    for row in sorted(rows, key=lambda row: len(row.entries)):  # of two with equal names that with more seeds
        method, variant, preset = row.key
        if all(presets.official(entry.record) for entry in row.entries):
            systems.setdefault(f"{method}/{variant}", {})[preset] = row
    pools = {metric: pool(board, rows, metric) for metric in {claim.metric for claim in claims}}
    leaning = [_leaning(board, claim, systems, pools[claim.metric]) for claim in claims]
    tested = [outcome for outcome in leaning if outcome.p is not None]
    corrected = dict(zip(map(id, tested), holm([outcome.p or 0.0 for outcome in tested]), strict=True))
    return [_decided(outcome, corrected.get(id(outcome))) for outcome in leaning]


def _decided(outcome: ClaimOutcome, p: float | None) -> ClaimOutcome:
    few = any(test.effect is None or test.effect.seeds < SEEDS for test in outcome.tests)
    if outcome.verdict == "not tested" or p is None:
        return outcome if outcome.verdict == "not tested" else replace(outcome, verdict="undecided")
    return replace(outcome, p=p, verdict="undecided" if few or p >= LEVEL else outcome.verdict)


def _leaning(
    board: Board, claim: Claim, systems: Mapping[str, Mapping[str, BoardRow]], known: Pool | None
) -> ClaimOutcome:
    """Return which verdict the pairs lean to, with the p-value of that.

    All pairs must be ahead: the largest of their p-values. One that is behind contradicts: the smallest of theirs,
    times their number.
    """
    tests = tuple(_test(board, claim, pair, systems, known) for pair in claim.pairs)
    effects = [test.effect for test in tests if test.effect is not None]
    if len(effects) < len(tests) or not tests:
        return ClaimOutcome(claim, "not tested", tests)
    if any(effect.p is None for effect in effects):
        return ClaimOutcome(claim, "undecided", tests)
    ahead = all(effect.difference > 0 for effect in effects)
    if ahead:
        return ClaimOutcome(claim, "supported", tests, max(effect.p or 0.0 for effect in effects))
    behind = [effect.p or 0.0 for effect in effects if effect.difference < 0]
    return ClaimOutcome(claim, "contradicted", tests, min([1.0, *(p * len(tests) for p in behind)]))


def _test(
    board: Board, claim: Claim, pair: Pair, systems: Mapping[str, Mapping[str, BoardRow]], known: Pool | None
) -> Test:
    better, worse = systems.get(pair.better, {}), systems.get(pair.worse, {})
    for preset in sorted(better.keys() & worse.keys()):
        effect = compare_entries(board, worse[preset].entries, better[preset].entries, claim.metric, known)
        score = worse[preset].score(claim.metric)
        if effect is not None and score is not None:
            return Test(pair, effect, round(effect.power(NOTABLE * score), 6))
    return Test(pair)
