"""Bounds of what a record may hold: a number that no run gives, or a text without end, is refused where it is read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, FiniteFloat, StringConstraints

DEEPEST, MOST, LONGEST, LARGEST = 40, 200_000, 10_000, 2**63

Text = Annotated[str, StringConstraints(max_length=2000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
StageName = Annotated[str, StringConstraints(max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9+._=-]*$")]
Url = Annotated[str, StringConstraints(max_length=500, pattern=r"^(https?://[^\s<>\"'`\\]+)?$")]
Count = Annotated[int, Field(ge=0, le=2**53)]
Seed = Annotated[int, Field(ge=0, lt=LARGEST)]
Seconds = Annotated[FiniteFloat, Field(ge=0, le=1e10)]
Energy = Annotated[FiniteFloat, Field(ge=0, le=1e9)]  # kWh
ScoreValue = Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]
Level = Annotated[FiniteFloat, Field(gt=0, lt=1)]


def bounded(values: dict[str, Any]) -> dict[str, Any]:
    """Return nested plain values that are not too deep, too many, too long or too large.

    Raises:
        ValueError: they are.
    """
    waiting: list[tuple[Any, int]] = [(values, 1)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST:
            raise ValueError(f"wanted at most {DEEPEST} levels and {MOST:,} values")
        if isinstance(value, dict):
            waiting += [(one, depth + 1) for pair in value.items() for one in pair]
        elif isinstance(value, list | tuple):
            waiting += [(one, depth + 1) for one in value]
        elif isinstance(value, str) and len(value) > LONGEST:
            raise ValueError(f"a text of {len(value):,} characters; wanted at most {LONGEST:,}")
        elif isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError("a whole number beyond 64 bits")
    return values


Values = Annotated[dict[str, Any], AfterValidator(bounded)]
