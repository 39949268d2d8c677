"""Names of scores and the metrics that give them."""

from __future__ import annotations

from collections.abc import Iterable

from aacbench.contracts.specs import MetricSpec


def by_output(specs: Iterable[MetricSpec]) -> dict[str, MetricSpec]:
    """Return the specs by the names of the scores that they give."""
    return {output: spec for spec in specs for output in spec.outputs}


def of_references(specs: Iterable[MetricSpec]) -> set[str]:
    """Return the names of the scores that describe the references alone."""
    return {output for spec in specs for output in spec.of_references}


def label_of(score: str, specs: Iterable[MetricSpec]) -> str:
    """Return how papers write a score's name; that of a metric that is not installed is itself."""
    spec = by_output(specs).get(score)
    return score if spec is None else spec.label_of(score)


def headlines(scores: Iterable[str], specs: Iterable[MetricSpec], most: int = 4) -> list[str]:
    """Return the few of the names `scores` that a small table shows, those of the most prominent metrics first.

    Where no metric that is prominent gave any, these are the first ones.
    """
    names = [*scores]
    ranked = sorted((spec for spec in specs if spec.prominent), key=lambda spec: -spec.prominent)
    return ([name for spec in ranked for name in spec.headline if name in names] or names)[:most]
