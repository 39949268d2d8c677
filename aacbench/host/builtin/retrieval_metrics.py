"""The retrieval metrics that come with aacbench. R@k and mAP@k exist for every k; the usual ones are registered."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from aacbench.contracts import MetricSpec, load

CUTS = (1, 5, 10)
DEFAULT_MAP = 10
_FAMILIES = {  # class, label, summary
    "recall": ("RecallAt", "R@{}", "share of queries with a relevant clip in the first {}"),
    "recall_fraction": (
        "RecallFractionAt",
        "R@{} (fraction)",
        "mean share of a query's relevant clips in the first {}",
    ),
    "map": ("MeanAveragePrecisionAt", "mAP@{}", "mean average precision in the first {}"),
}
_NAME = re.compile(rf"({'|'.join(sorted(_FAMILIES, key=len, reverse=True))})_at_(\d{{1,4}})", re.ASCII)


def at_depth(family: str, k: int, default: bool = False) -> MetricSpec:
    """Return the spec of `recall_at_k`, `recall_fraction_at_k` or `map_at_k`."""
    made, label, summary = _FAMILIES[family]
    return MetricSpec(
        name=f"{family}_at_{k}",
        summary=f"{label.format(k)}: {summary.format(k)}",
        factory=partial(_make, f"aacbench.metrics.ranked:{made}", k),
        label=label.format(k),
        default=default,
        task="retrieval",
    )


def _make(factory: str, k: int) -> Any:
    made: Callable[..., Any] = load(factory)
    return made(k=k)


def at_any_depth(name: str) -> MetricSpec | None:
    """Return the spec that a name such as `recall_at_20` means; None where it means none."""
    match = _NAME.fullmatch(name.strip().casefold().replace("-", "_"))
    return at_depth(match[1], int(match[2])) if match and int(match[2]) else None


RANKS = MetricSpec(
    name="ranks",
    summary="median and mean rank of the best relevant clip",
    factory="aacbench.metrics.ranked:Ranks",
    outputs=("median_rank", "mean_rank"),
    range=(1.0, float("inf")),
    labels=("median rank", "mean rank"),
    aggregate="summed",
    higher_is_better=False,
    task="retrieval",
)


def specs(cuts: tuple[int, ...] = CUTS) -> tuple[MetricSpec, ...]:
    """Return the usual metrics: both forms of recall at each cut, mAP at the last, and ranks."""
    recalls = (at_depth(family, k, default=True) for k in cuts for family in ("recall", "recall_fraction"))
    return (*recalls, *(at_depth("map", k, default=True) for k in cuts[-1:]), RANKS)


SPECS = (*specs(), at_depth("map", 16))
