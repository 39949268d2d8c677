"""Runs without stages need the split they are scored on alone; `--split` chooses it, and the record says which."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, run
from aacbench.runs.record import RunRecord


@pytest.fixture
def registries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registries:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    return manager.load([]).registries


def clotho(test_data: Path, folder: Path, splits: str = "evaluation", audio: bool = True) -> Path:
    """Return a Clotho folder with these splits alone."""
    source = test_data / "clotho-mini"
    for split in splits.split():
        for path in source.rglob(f"clotho_*_{split}.csv"):
            folder.mkdir(exist_ok=True)
            shutil.copy(path, folder)
        (audio_folder,) = (path for path in source.rglob(split) if path.is_dir())
        if audio:
            shutil.copytree(audio_folder, folder / split)
    return folder


def scored(registries: Registries, output: Path, data: Path | None = None, **changes: object) -> RunRecord:
    dataset = "soundscapes" if data is None else "clotho"
    options = DatasetOptions(data_dir=data)
    asked = {"method": "human", "preset": "quick" if data else "smoke", **changes}
    request = RunRequest(dataset=dataset, output=output, metrics=["bleu"], options=options, **asked)  # type: ignore[arg-type]
    return run(request, registries)[0]


def test_the_evaluation_split_alone_does(test_data: Path, tmp_path: Path, registries: Registries) -> None:
    record = scored(registries, tmp_path, clotho(test_data, tmp_path / "data"))
    assert record.data.clips == {"evaluation": 20} and set(record.data.fingerprints) == {"evaluation"}
    with pytest.raises(UserError, match="has no split development"):
        scored(registries, tmp_path, tmp_path / "data", method="nearest")


def test_captions_alone_do_where_nothing_is_heard(test_data: Path, tmp_path: Path, registries: Registries) -> None:
    whole = scored(registries, tmp_path / "a", clotho(test_data, tmp_path / "whole"))
    silent = scored(registries, tmp_path / "b", clotho(test_data, tmp_path / "silent", audio=False))
    assert silent.scores == whole.scores
    assert silent.data.fingerprints != whole.data.fingerprints
    assert "20 of the scored clips have no audio here, which human does not read" in silent.data.notes
    both = clotho(test_data, tmp_path / "both", "development evaluation", audio=False)
    assert scored(registries, tmp_path / "c", both, method="floor").data.clips["evaluation"] == 20
    with pytest.raises(UserError, match="no folder with its audio"):
        scored(registries, tmp_path / "d", both, method="nearest")


def test_another_split_is_scored_beside_the_run(tmp_path: Path, registries: Registries) -> None:
    plain = scored(registries, tmp_path, method="floor")
    (stage,) = tmp_path.rglob("stage.json")
    before = stage.stat().st_mtime_ns
    other = scored(registries, tmp_path, method="floor", split="validation")
    assert stage.stat().st_mtime_ns == before  # the same trained system
    (folder,) = tmp_path.rglob("seed0-smoke")
    assert RunRecord.load(folder / "record.json") == plain
    assert RunRecord.load(folder / "validation/record.json") == other
    assert (plain.data.split, other.data.split) == ("evaluation", "validation")
    assert other.data.fingerprints["evaluation"] == plain.data.fingerprints["validation"]
    assert "scored on the split validation, not on evaluation" in other.data.notes
    heard = scored(registries, tmp_path, method="floor", split="development")
    assert "scored on the split development, which it was trained on, not on evaluation" in heard.data.notes
    assert not any("source" in note for note in heard.data.notes)


def test_a_split_that_is_not_there_is_named(tmp_path: Path, registries: Registries) -> None:
    with pytest.raises(UserError, match=r"unknown split of soundscapes .* 'validtion'\. Did you mean 'validation'"):
        scored(registries, tmp_path, split="validtion")
