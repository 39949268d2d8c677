"""Recordings shared by splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from aacbench.datasets.fingerprint import fingerprint
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


def test_equal_bytes_are_reported_once_they_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Field case 23: the same recording, under two names, without a source."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    for name, content in (("a", b"one"), ("b", b"two"), ("c", b"one"), ("d", b"one")):
        (tmp_path / name).write_bytes(content)
    clips = [Clip(name, tmp_path / name, source="7" if name == "d" else None) for name in "abcd"]
    splits = {"training": clips[:2], "evaluation": clips[2:]}
    assert leaks(splits) == []
    fingerprint(clips)
    assert leaks(splits) == ["the same audio, byte for byte, is in training ('a') and evaluation ('c', 'd')"]
    same = [Clip(clip.id, clip.audio, source="7") for clip in clips]
    assert leaks({"training": same[:1], "evaluation": same[2:]}) == [
        "source 7 is in training ('a') and evaluation ('c', 'd')"
    ]


def test_nothing_shared() -> None:
    assert leaks({}) == []
    assert leaks({"training": [clip("a", None)], "evaluation": [clip("a", None)]}) == []
