"""Evaluation clips that a data set holds to learn from: counted by source and by bytes, and kept on the board."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.leaderboard.store.boards import load
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.verification.overlap import OverlapRequest, compare, overlap
from aacbench.types import Clip
from tests.cli.conftest import Run, command  # noqa: F401


def write(folder: Path, name: str, seed: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / name, np.random.default_rng(seed).normal(0, 0.1, 1600), 16000)
    return folder / name


def clip(path: Path, source: str | None = None) -> Clip:
    return Clip(path.name, path, ("a dog",), source=source)


def test_by_source_and_by_bytes(tmp_path: Path) -> None:
    here = [write(tmp_path / "eval", f"{number}.wav", number) for number in range(4)]
    same = write(tmp_path / "train", "renamed.wav", 2)
    evaluated = [clip(here[0], "s0"), clip(here[1], "s1"), clip(here[2]), clip(tmp_path / "gone.wav")]
    learned = [clip(same), clip(write(tmp_path / "train", "x.wav", 9), "s1"), clip(tmp_path / "lost.wav", "s9")]
    found = compare(evaluated, learned)
    assert found.by_source == ("1.wav",) and found.by_audio == ("2.wav",)
    assert found.clips == ("1.wav", "2.wav") and (found.unheard, found.unknown) == (1, 1)


def own_data(folder: Path, clips: dict[str, str]) -> Path:
    """Write a table of captions for the clips that lie in a folder, by split."""
    rows = "".join(f"{name},{split},a dog barks in the yard\n" for name, split in clips.items())
    (folder / "captions.csv").write_text("file_name,split,caption_1\n" + rows)
    return folder


def test_it_stands_on_the_board_and_by_command(command: Run, tmp_path: Path) -> None:  # noqa: F811
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for number in range(6):
        write(ours, f"{number}.wav", number)
    own_data(ours, {"0.wav": "development", "1.wav": "development", "2.wav": "validation", "3.wav": "evaluation",
                    "4.wav": "evaluation", "5.wav": "evaluation"})  # fmt: skip
    theirs.mkdir()
    shutil.copy(ours / "4.wav", theirs / "bark.wav")
    for number in range(7, 9):
        write(theirs, f"{number}.wav", number)
    own_data(theirs, {"bark.wav": "development", "7.wav": "validation", "8.wav": "evaluation"})
    root = tmp_path / "board"
    done = command("leaderboard", "init", root, "--dataset", "csv-captions", "--data-dir", ours, "--board", "mine")
    assert done.returncode == 0, done.stderr
    line = ["leaderboard", "overlap", "csv-captions", "--board", "mine", "--root", root, "--board-data-dir", ours]
    done = command(*line, "--data-dir", theirs)
    assert done.returncode == 0, done.stderr
    assert "1 of 3 evaluation clips of mine are in csv-captions: 0 by source, 1 byte for byte" in done.stdout
    assert json.loads((root / "boards/mine.json").read_text())["overlaps"] == {"csv-captions": 1}
    assert command("leaderboard", "check", "--root", root).returncode == 0
    registries = manager.load().registries
    with Changes() as changes:
        found = overlap(OverlapRequest(root, "mine", "csv-captions", board_data_dir=ours), registries, changes)
    assert found.clips == () and load(root)["mine"].overlaps == {"csv-captions": 0}
    with pytest.raises(UserError, match="unknown board 'yours'"), Changes() as changes:
        overlap(OverlapRequest(root, "yours", "csv-captions"), registries, changes)
    assert "--version" in command("leaderboard", "overlap", "--help").stdout
