"""`aacbench search`: the run is looked at before the audio, and files that cannot be read are named at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from aacbench.audio.io import read
from aacbench.cli.search import search
from aacbench.errors import UserError
from aacbench.runs import record, reopen
from aacbench.types import Clip


class Alike:
    """Finds each clip the more similar to any text the later its name comes."""

    def embed_clips(self, clips: Sequence[Clip]) -> Any:
        angles = np.array([ord(clip.id[0]) - ord("a") for clip in clips]) / 10
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def embed_texts(self, texts: Sequence[str]) -> Any:
        return np.array([[0.0, 1.0]] * len(texts), dtype=np.float32)


def test_the_run_comes_first(tmp_path: Path) -> None:
    arguments = ["rain", "--run", str(tmp_path / "gone"), "--folder", str(tmp_path / "gone too")]
    found = CliRunner().invoke(search, arguments)
    assert isinstance(found.exception, UserError)
    assert str(found.exception).startswith(f"{tmp_path / 'gone'} holds no finished run")


def test_every_broken_file_is_named_and_the_others_are_ranked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(reopen, "stored_run", lambda *_: {})
    monkeypatch.setattr(reopen, "open_retriever", lambda *_: Alike())
    monkeypatch.setattr(record.RunRecord, "load", lambda _: SimpleNamespace(stages=[]))
    audio = tmp_path / "audio"
    audio.mkdir()
    for place, name in enumerate(("a.wav", "c.wav", "b.wav")):
        soundfile.write(audio / name, np.full(80, place / 10), 8000)
    for name in ("x.wav", "y.ogg"):
        (audio / name).write_text("no audio")
    found = CliRunner().invoke(search, ["rain", "--run", str(tmp_path), "--folder", str(audio), "--device", "cpu"])
    assert found.exit_code == 0, found.output
    assert [Path(line.split("\t")[1]).name for line in found.stdout.splitlines()] == ["c.wav", "b.wav", "a.wav"]
    said = found.stderr.splitlines()
    assert "left out 2 of 5 files, which cannot be read:" in said
    assert all(any(line.startswith("  ") and name in line for line in said) for name in ("x.wav", "y.ogg"))


def test_a_sound_header_with_a_broken_body_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The header is read at once, the rest when the file is heard."""

    class Hears(Alike):
        def embed_clips(self, clips: Sequence[Clip]) -> Any:
            for clip in clips:
                read(clip.audio, 8000)
            return super().embed_clips(clips)

    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(reopen, "stored_run", lambda *_: {})
    monkeypatch.setattr(reopen, "open_retriever", lambda *_: Hears())
    monkeypatch.setattr(record.RunRecord, "load", lambda _: SimpleNamespace(stages=[]))
    audio = tmp_path / "audio"
    audio.mkdir()
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 16000)
    for loudness, name in enumerate(("a.wav", "b.flac", "c.wav"), 1):
        soundfile.write(audio / name, noise / loudness, 8000)
    half = (audio / "b.flac").read_bytes()
    (audio / "b.flac").write_bytes(half[: len(half) // 2])
    soundfile.write(audio / "d.wav", np.full(800, np.nan), 8000, subtype="FLOAT")
    for _ in range(2):  # the second time, embeddings are kept
        found = CliRunner().invoke(search, ["rain", "--run", str(tmp_path), "--folder", str(audio), "--device", "cpu"])
        assert found.exit_code == 0, found.output
        assert [Path(line.split("\t")[1]).name for line in found.stdout.splitlines()] == ["c.wav", "a.wav"]
        said = found.stderr.splitlines()
        assert "left out 2 of 4 files, which cannot be read:" in said
        assert all(any(line.startswith("  ") and name in line for line in said) for name in ("b.flac", "d.wav"))
