"""What stages are kept under: the content of their clips, of a large set without reading it before training begins."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aacbench.audio.source import audio_path
from aacbench.datasets import fingerprint as module
from aacbench.datasets.fingerprint import fingerprint, identity, require_unchanged, whole_fingerprint
from aacbench.errors import UserError
from aacbench.types import Clip


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    made = []
    for number in range(6):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(b"sound %d" % number)
        made.append(Clip(path.name, path, ("A dog barks.",)))
    return made


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six clips are many."""
    monkeypatch.setattr("aacbench.audio.large.LARGE", 5)
    monkeypatch.setattr(module, "READ_AT_ONCE", 2)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are hashed from here on."""
    names: list[str] = []
    real: Callable[..., Any] = hashlib.file_digest

    def noting(file: Any, kind: str) -> Any:
        names.append(Path(file.name).name)
        return real(file, kind)

    monkeypatch.setattr("aacbench.files.content.hashlib.file_digest", noting)
    return names


def rewrite(path: Path, content: bytes) -> None:
    status = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))


def test_a_set_is_known_by_its_content(clips: list[Clip], read: list[str]) -> None:
    assert identity(clips) == fingerprint(clips)
    assert len(read) == 6


@pytest.mark.usefixtures("large")
def test_a_large_set_is_known_before_it_is_read(clips: list[Clip], read: list[str]) -> None:
    before = identity(clips)
    assert before.startswith("sizes:")
    assert read == []
    assert whole_fingerprint(clips, before) == fingerprint(clips)
    assert sorted(read) == [f"{number}.wav" for number in range(6)]
    assert identity(clips) == before  # a run that goes on, and the next one, find its stages
    assert whole_fingerprint(clips[:5], fingerprint(clips[:5])) == fingerprint(clips[:5])


@pytest.mark.usefixtures("large")
def test_other_content_is_another_set(clips: list[Clip]) -> None:
    before = identity(clips)
    fingerprint(clips)
    assert identity(clips) == before
    rewrite(audio_path(clips[0].audio), b"sound X")
    assert identity(clips) == f"{before}#1"
    rewrite(audio_path(clips[0].audio), b"sound 0")
    assert identity(clips) == before
    rewrite(audio_path(clips[0].audio), b"longer sound")
    assert identity(clips).partition("#")[0] != before
    assert identity([replace(clips[0], captions=("A cat.",)), *clips[1:]]).partition("#")[0] != before


@pytest.mark.parametrize("many", [False, True])
def test_clips_that_change_during_a_run_are_noticed(
    many: bool, clips: list[Clip], request: pytest.FixtureRequest
) -> None:
    if many:
        request.getfixturevalue("large")
    expected = {"training": identity(clips), "validation": identity(clips[:1])}
    parts = {"training": clips, "validation": clips[:1]}
    fingerprint(clips)  # the run reads them
    require_unchanged(parts, expected)
    os.utime(audio_path(clips[3].audio), ns=(0, 1))
    require_unchanged(parts, expected)  # a date is no change
    rewrite(audio_path(clips[3].audio), b"sound X")
    with pytest.raises(UserError, match="audio of the training clips changed"):
        require_unchanged(parts, expected)
