"""Recordings shared by splits."""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.leaks import leaks
from aacbench.types import Clip


def clip(name: str, source: str | None) -> Clip:
    return Clip(name, Path(name), source=source)


def test_only_sources_in_several_splits_are_reported_each_once() -> None:
    splits = {
        "training": [clip("a", "7"), clip("b", "7"), clip("c", "8"), clip("d", None)],
        "validation": [clip("e", "9"), clip("f", None)],
        "evaluation": [clip("g", "7"), clip("h", "9"), clip("a", "10")],
    }
    assert leaks(splits) == [
        "source 7 is in training ('a', 'b') and evaluation ('g')",
        "source 9 is in validation ('e') and evaluation ('h')",
    ]


def test_nothing_shared() -> None:
    assert leaks({}) == []
    assert leaks({"training": [clip("a", None)], "evaluation": [clip("a", None)]}) == []
