"""A mix of datasets: ids, splits, settings of the parts, provenance, errors, and pretraining on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.contracts import CompositeDataset, DatasetOptions
from aacbench.contracts.datasets import folders_by_name
from aacbench.contracts.registry import Registries
from aacbench.datasets.fingerprint import fingerprint, provenance
from aacbench.datasets.mix.dataset import Mix
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.execute import RunRequest, run

SOUNDSCAPES = {"soundscapes.preset": "tiny", "soundscapes.development": "5"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def registries() -> Registries:
    return manager.load([]).registries


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of 20 clips of the user's, without a validation split of its own."""
    folder = tmp_path / "own"
    folder.mkdir()
    rows = ["file_name,caption"]
    for index in range(20):
        soundfile.write(folder / f"{index}.wav", np.full(800, index / 40), 8000)
        rows.append(f"{index}.wav,noise number {index}")
    (folder / "captions.csv").write_text("\n".join(rows))
    return folder


def test_parts_keep_their_splits_and_settings(registries: Registries, own: Path) -> None:
    settings = {"parts": "soundscapes,csv-captions", "csv-captions.data-dir": str(own), **SOUNDSCAPES}
    mix = registries.dataset("mix", DatasetOptions(settings=settings))
    assert isinstance(mix, CompositeDataset)
    assert mix.version == f"soundscapes-1.0+csv-captions-{mix.parts['csv-captions'].version}"
    found = {split: mix.clips(split) for split in mix.splits}
    ids = [clip.id for clips in found.values() for clip in clips]
    assert len(set(ids)) == len(ids)
    assert found["development"][0].id == "soundscapes/development-0001.wav"
    assert sum(clip.id.startswith("soundscapes/") for clip in found["development"]) == 5
    alone = mix.parts["csv-captions"]
    assert {mix.part_of(clip) for clip in found["validation"]} == {"soundscapes", "csv-captions"}
    sizes = {split: len(alone.clips(split)) for split in alone.splits}
    assert sum(clip.id.startswith("csv-captions/") for clip in found["evaluation"]) == sizes.get("evaluation", 0)


def test_a_part_may_train_on_all_that_it_has(registries: Registries, own: Path) -> None:
    settings = {"parts": "soundscapes,csv-captions", "csv-captions.data-dir": str(own), **SOUNDSCAPES}
    usual = registries.dataset("mix", DatasetOptions(settings=settings))
    whole = registries.dataset("mix", DatasetOptions(settings={**settings, "csv-captions.validates": "false"}))
    assert {clip.id.partition("/")[0] for clip in whole.clips("validation")} == {"soundscapes"}
    held_out = [clip for clip in usual.clips("validation") if clip.id.startswith("csv-captions/")]
    assert held_out and set(held_out) <= set(whole.clips("development"))
    with pytest.raises(UserError, match=r"csv-captions.validates wants true or false, not 'no'"):
        registries.dataset("mix", DatasetOptions(settings={**settings, "csv-captions.validates": "no"}))


def test_two_versions_of_a_dataset_mix(registries: Registries, tmp_path: Path) -> None:
    settings = {"parts": "tau-scenes@2020,tau-scenes@2019"}
    for version, folder in (("2020", "a"), ("2019", "b")):
        (tmp_path / folder / "audio").mkdir(parents=True)
        rows = ["filename\tscene_label\tidentifier\tsource_label"]
        for place in range(4):
            name = f"audio/park-oslo-{place}-{place}-a.wav"
            soundfile.write(tmp_path / folder / name, np.full(800, place / 8), 8000)
            rows.append(f"{name}\tpark\toslo-{place}\ta")
        (tmp_path / folder / "meta.csv").write_text("\n".join(rows))
        settings[f"tau-scenes@{version}.data-dir"] = str(tmp_path / folder)
    mix = registries.dataset("mix", DatasetOptions(settings=settings))
    assert isinstance(mix, CompositeDataset)
    assert mix.version == "tau-scenes-2020+tau-scenes-2019"
    clips = mix.clips("development")
    assert {mix.part_of(clip) for clip in clips} == {"tau-scenes@2020", "tau-scenes@2019"}
    assert all(clip.scene == "park" for clip in clips)


def test_provenance_names_version_and_fingerprint_of_each_part(registries: Registries, own: Path) -> None:
    settings = {"parts": "csv-captions,soundscapes", "csv-captions.data-dir": str(own), **SOUNDSCAPES}
    mix = registries.dataset("mix", DatasetOptions(settings=settings))
    assert isinstance(mix, CompositeDataset)
    clips = {"training": mix.clips("development"), "validation": mix.clips("validation")}
    found = provenance(mix, clips)
    assert list(found) == ["csv-captions", "soundscapes"]
    assert found["soundscapes"]["version"] == "1.0"
    assert found["soundscapes"]["clips"] == {"training": 5, "validation": 8}
    own_clips = [clip for clip in clips["training"] if mix.part_of(clip) == "csv-captions"]
    assert found["csv-captions"]["fingerprints"]["training"] == fingerprint(own_clips)
    assert sum(part["clips"]["training"] for part in found.values()) == len(clips["training"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "the mix wants datasets, each once: .* came parts="),
        ({"parts": "soundscapes,soundscapes"}, "each once"),
        ({"parts": "mix"}, "each once"),
        ({"parts": "soundscape"}, "soundscapes"),
        ({"parts": "soundscapes", "clotho.version": "v1"}, "unknown part of the mix 'clotho'"),
        ({"parts": "soundscapes", "preset": "tiny"}, "PART.SETTING=VALUE"),
        ({"parts": "soundscapes", "soundscapes.sed": "1"}, "seed"),
    ],
)
def test_errors(settings: dict[str, str], message: str, registries: Registries) -> None:
    with pytest.raises(UserError, match=message):
        registries.dataset("mix", DatasetOptions(settings=settings))
    with pytest.raises(UserError, match=r"PART.version=v1"):
        registries.dataset("mix", DatasetOptions(version="v1", settings={"parts": "soundscapes"}))


def test_a_run_on_a_mix_records_its_parts(registries: Registries, own: Path, tmp_path: Path) -> None:
    settings = {"parts": "soundscapes,csv-captions", "csv-captions.data-dir": str(own), **SOUNDSCAPES}
    request = RunRequest(
        method="nearest", dataset="mix", options=DatasetOptions(settings=settings), output=tmp_path, metrics=["bleu"]
    )
    record, folder = run(request, registries)
    assert folder.parent.parent.parent.name.startswith("mix-")
    parts = record.data.parts
    assert list(parts) == ["soundscapes", "csv-captions"]
    for split, count in record.data.clips.items():
        assert sum(part["clips"][split] for part in parts.values()) == count
    assert all(len(value) == 64 for part in parts.values() for value in part["fingerprints"].values())
    assert (folder / "predictions.csv").read_text().count("\nsoundscapes/evaluation-") == 8


def test_clips_of_evaluation_sets_are_left_out_and_counted(registries: Registries, tmp_path: Path) -> None:
    for folder, rows in {
        "a": ["0.wav,A dog,train,7", "1.wav,Rain,train,8", "2.wav,Wind,val,9", "3.wav,Sea,test,10"],
        "b": ["0.wav,A dog,train,10", "1.wav,Rain,train,11", "2.wav,Wind,val,12", "3.wav,Sea,test,8"],
    }.items():
        (tmp_path / folder).mkdir()
        for index in range(4):
            soundfile.write(tmp_path / folder / f"{index}.wav", np.full(800, index / 8), 8000)
        (tmp_path / folder / "a.csv").write_text("\n".join(["file_name,caption,split,source", *rows]))
    first, second = (DatasetOptions(tmp_path / folder) for folder in "ab")
    parts = {"one": registries.dataset("csv-captions", first), "two": registries.dataset("csv-captions", second)}
    mix = Mix(parts)
    assert [clip.id for clip in mix.clips("development")] == ["one/0.wav", "two/1.wav"]
    assert [clip.id for clip in mix.clips("evaluation")] == ["one/3.wav", "two/3.wav"]
    assert len(mix.clips("validation")) == 2
    assert mix.notes()[-2:] == [
        "one development: 1 clip left out, of recordings in evaluation sets",
        "two development: 1 clip left out, of recordings in evaluation sets",
    ]


def test_folders_of_parts_by_name(registries: Registries, own: Path, tmp_path: Path) -> None:
    folder, others = folders_by_name([f"csv-captions={own}"])
    options = DatasetOptions(folder, None, {"parts": "soundscapes,csv-captions", **SOUNDSCAPES}, others)
    mix = registries.dataset("mix", options)
    assert {clip.id.partition("/")[0] for clip in mix.clips("development")} == {"soundscapes", "csv-captions"}
    inherited = DatasetOptions(own, settings={"seed": "3"}).inherited_by(
        DatasetOptions(settings={"parts": "csv-captions,soundscapes", **SOUNDSCAPES}), "csv-captions"
    )
    assert len(registries.dataset("mix", inherited).clips("development")) > 5
    assert folders_by_name(["/data"]) == (Path("/data"), {})
    for wrong in (["a", "b"], ["clotho=a", "clotho=b"]):
        with pytest.raises(UserError, match="--data-dir"):
            folders_by_name(wrong)


def test_all_that_is_missing_is_said_at_once(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AACBENCH_DATA", raising=False)
    with pytest.raises(UserError) as refusal:
        registries.dataset("mix", DatasetOptions(settings={"parts": "clotho,audiocaps,macs"}))
    said = str(refusal.value)
    assert "3 of the 3 parts" in said and "clotho/, audiocaps/, macs/" in said and "AACBENCH_DATA" in said
    assert said.count("aacbench fetch") == 3
