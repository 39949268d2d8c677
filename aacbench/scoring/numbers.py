"""How scores are written for people: fractions with four decimals, counts of words or ranks without needless ones."""

from __future__ import annotations

import math
from collections.abc import Iterable

from aacbench.contracts import MetricSpec

LARGEST = 10.0  # of the scores that are written as fractions, where no spec tells: CIDEr-D's


def written(value: float, bounded: bool | None = None) -> str:
    """Return a score as text; `bounded` says whether its metric has a highest value, None that nobody knows."""
    if bounded is None:
        bounded = abs(value) <= LARGEST
    if bounded or not math.isfinite(value):
        return f"{value:.4f}"
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def bounds(specs: Iterable[MetricSpec]) -> dict[str, bool]:
    """Return by the name of each score whether it has a highest value."""
    return {output: math.isfinite(spec.range[1]) for spec in specs for output in spec.outputs}
