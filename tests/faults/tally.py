"""Counts of what was killed, faulted and fuzzed, and how it ended; carried on the tests' reports, so xdist keeps them.

Outcomes: `recovery` (ended with the same result as without the fault), `message` (one clear line and the right exit
code), `harmless` (the fault made no difference, or odd input was fine after all), `wrong` (anything else).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, Protocol, cast

import pytest

Outcome = Literal["recovery", "message", "harmless", "wrong"]
OUTCOMES: tuple[Outcome, ...] = ("recovery", "message", "harmless", "wrong")
PROPERTY = "tally"


class Tally(Protocol):
    """Counts `count` cases of `kind` ("kill: run") that ended in `outcome`."""

    def __call__(self, kind: str, outcome: Outcome, count: int = 1) -> None: ...


def tally_of(request: pytest.FixtureRequest) -> Tally:
    """Return what counts for the test of `request`."""

    def count_up(kind: str, outcome: Outcome, count: int = 1) -> None:
        if outcome not in OUTCOMES:
            raise ValueError(f"an outcome is one of {OUTCOMES}, not {outcome!r}")
        request.node.user_properties.append((PROPERTY, (kind, outcome, count)))

    return count_up


def counts(reports: Iterable[pytest.TestReport]) -> dict[str, Counter[str]]:
    """Return the counts by kind; each test's are taken from one of its reports."""
    found: dict[str, Counter[str]] = {}
    for report in reports:
        if report.when != "teardown":
            continue
        for name, value in report.user_properties:
            if name == PROPERTY:
                kind, outcome, count = cast(tuple[str, str, int], value)
                found.setdefault(kind, Counter())[outcome] += count
    return found


def table(found: dict[str, Counter[str]]) -> list[str]:
    """Return the counts as lines of text, with a total."""
    total: Counter[str] = sum(found.values(), Counter())
    rows = [*sorted(found.items()), ("total", total)]
    width = max(len(kind) for kind, _ in rows)
    lines = ["  ".join([" " * width, "   cases", *(f"{outcome:>8}" for outcome in OUTCOMES)])]
    for kind, counted in rows:
        numbers = [counted.total(), *(counted[outcome] for outcome in OUTCOMES)]
        lines.append("  ".join([f"{kind:<{width}}", *(f"{number:>8,}" for number in numbers)]))
    return lines
