"""TAU scenes: real one-second clips, the official layout, held-out places, and broken copies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.leaks import leaks
from aacbench.datasets.shared import tau
from aacbench.datasets.tau_scenes.dataset import TauScenes, open_dataset
from aacbench.datasets.tau_scenes.fetch import download_size, fetch
from aacbench.errors import AacbenchError, UserError

pytestmark = pytest.mark.usefixtures("own_home")

NAMES = tuple(
    f"audio/{scene}-{city}-{place}-{segment}-a.wav"
    for scene in ("bus", "metro_station")
    for place, city in enumerate(("lyon", "paris", "prague", "vienna"), 100)
    for segment in (7, 8)
)


def write(path: Path, header: str, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def scene(name: str) -> str:
    return name.partition("/")[2].partition("-")[0]


def make(root: Path, make_audio: Callable[..., None], fold: bool = True) -> Path:
    make_audio(root, *NAMES)
    lines = [f"{name}\t{scene(name)}\tx\ta" for name in NAMES]
    write(root / "meta.csv", "filename\tscene_label\tidentifier\tsource_label", lines)
    if fold:
        lines = [f"{name}\t{scene(name)}" for name in NAMES if "vienna" not in name]
        write(root / "evaluation_setup/fold1_train.csv", "filename\tscene_label", lines)
        write(root / "evaluation_setup/fold1_test.csv", "filename", [name for name in NAMES if "vienna" in name])
    return root


def opened(root: Path, version: str | None = None, **settings: str) -> TauScenes:
    return open_dataset(DatasetOptions(root, version, settings))


def test_real_clips(test_data: Path) -> None:
    dataset: Dataset = opened(test_data / "tau-sample")
    assert isinstance(dataset, Dataset)
    assert isinstance(dataset, TauScenes)
    assert {split: len(dataset.clips(split)) for split in dataset.splits} == {
        "development": 107,
        "validation": 13,
        "evaluation": 80,
        "all": 200,
    }
    clips = dataset.clips("all")
    assert {clip.scene for clip in clips} == set(tau.SCENES)
    assert clips[0].id == "airport-lyon-1101-41603-9-a.wav"
    assert (clips[0].scene, clips[0].source, clips[0].captions, clips[0].tags) == ("airport", "lyon-1101", (), ())
    assert {clip.scene for clip in dataset.clips("validation")} == set(tau.SCENES)
    assert leaks({split: dataset.clips(split) for split in ("development", "validation")}) == []
    assert dataset.notes() == ["meta.csv has 200 clips, the official set of 2020 23,040"]


def test_the_official_fold(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    dataset = opened(make(tmp_path, make_audio), "2019", validation="0.3")
    parts = {split: dataset.clips(split) for split in ("development", "validation", "evaluation")}
    assert {split: len(part) for split, part in parts.items()} == {"development": 8, "validation": 4, "evaluation": 4}
    assert {clip.source for clip in parts["evaluation"]} == {"vienna-103"}
    assert {clip.scene for clip in parts["validation"]} == {"bus", "metro_station"}
    # A place is recorded in one scene in the real set; here each has two, held out together or not at all.
    assert leaks({split: parts[split] for split in ("development", "evaluation")}) == []
    assert dataset.notes() == ["meta.csv has 16 clips, the official set of 2019 14,400"]


def test_evaluate_is_preferred_to_test(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make(tmp_path, make_audio)
    write(tmp_path / "evaluation_setup/fold1_evaluate.csv", "filename\tscene_label", [f"{NAMES[-1]}\tmetro_station"])
    assert len(opened(tmp_path).clips("evaluation")) == 1


def test_without_a_fold(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    dataset = opened(make(tmp_path, make_audio, fold=False))
    parts = {split: dataset.clips(split) for split in ("development", "validation", "evaluation")}
    assert leaks(parts) == []
    assert sum(map(len, parts.values())) == len(NAMES)
    assert all(parts.values())
    assert "there is no fold: 30% of the places are the evaluation clips (seed 0)" in dataset.notes()


def test_the_version_is_found_by_the_folder(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make(tmp_path / tau.FOLDERS["2019"], make_audio)
    assert opened(tmp_path).version == "2019"
    assert opened(tmp_path / tau.FOLDERS["2019"]).version == "2019"
    make(tmp_path / tau.FOLDERS["2020"], make_audio)
    assert opened(tmp_path).version == "2020"
    assert opened(tmp_path, "2019").root == tmp_path / tau.FOLDERS["2019"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("scene_label", "label", "lacks the column 'scene_label'"),
        ("\tbus", "\tbeach", "scenes that are none of airport.*'beach'"),
        ("\tbus\tx\ta", "\tbus", "rows without 4 fields"),
        ("lyon-100-8", "lyon-100-7", "names that stand twice"),
        ("audio/bus-lyon-100-7", "../bus-lyon-100-7", "names that lead out of the folder"),
        ("\t", ",", "has no column 'filename'"),
    ],
)
def test_broken_tables(old: str, new: str, message: str, tmp_path: Path, make_audio: Callable[..., None]) -> None:
    path = make(tmp_path, make_audio) / "meta.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UserError, match=message):
        opened(tmp_path).clips("development")


def test_a_fold_of_another_copy(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    write(make(tmp_path, make_audio) / "evaluation_setup/fold1_test.csv", "filename", ["audio/bus-rome-1-1-a.wav"])
    with pytest.raises(UserError, match=r"clips that meta\.csv lacks: 'audio/bus-rome"):
        opened(tmp_path).clips("evaluation")


def test_byte_order_mark_and_line_ends(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    path = make(tmp_path, make_audio) / "meta.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(opened(tmp_path).clips("all")) == len(NAMES)


def test_missing_and_cut_recordings(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make(tmp_path, make_audio)
    (tmp_path / NAMES[-1]).unlink()
    (tmp_path / NAMES[-2]).write_bytes((tmp_path / NAMES[-2]).read_bytes()[:-9])
    with pytest.raises(UserError, match=r"1 of 4 clips have no audio file.*1 of 4 clips cannot be used.*is cut"):
        opened(tmp_path).clips("evaluation")


def test_what_is_unknown(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    with pytest.raises(UserError, match=r"holds no TAU scenes \(wanted meta\.csv"):
        opened(tmp_path)
    with pytest.raises(UserError, match=r"TAU scenes 2019 is not on this machine; run `aacbench fetch tau-scenes"):
        open_dataset(DatasetOptions(version="2019"))
    with pytest.raises(UserError, match="unknown version of tau-scenes '2021'"):
        opened(tmp_path, "2021")
    with pytest.raises(UserError, match="unknown split of tau-scenes 'test'"):
        opened(make(tmp_path, make_audio)).clips("test")


def test_the_real_archives() -> None:
    for version, count in (("2019", 21), ("2020", 16)):
        files = [*tau.texts(version), *tau.audio(version)]
        assert len({file.md5 for file in files}) == count + 2
        assert all(len(file.md5 or "") == 32 and str(tau.RECORDS[version]) in file.url for file in files)
    assert tau.audio("2019")[20].name == "TAU-urban-acoustic-scenes-2019-development.audio.21.zip"
    assert 40e9 < download_size("2019") < 43e9
    assert 29e9 < download_size("2020") < 32e9


@pytest.fixture
def archives(web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_audio: Any, make_zip: Any) -> Any:
    """Version 2019 with two archives of recordings, served from this machine."""
    folder = tau.FOLDERS["2019"]
    make(tmp_path / "made" / folder, make_audio)
    contents = {
        "doc": [],
        "meta": ["meta.csv", "evaluation_setup/fold1_train.csv", "evaluation_setup/fold1_test.csv"],
        "audio.1": list(NAMES[:8]),
        "audio.2": list(NAMES[8:]),
    }
    sums = {}
    for part, names in contents.items():
        paths = [f"{folder}/{name}" for name in names]
        content = make_zip(web.folder / f"{folder}.{part}.zip", tmp_path / "made", *paths)
        sums[part] = hashlib.md5(content).hexdigest()
    monkeypatch.setattr(tau, "ZENODO", f"{web.url}/{{name}}?download=1")
    monkeypatch.setitem(tau._MD5, "2019", f"{sums['audio.1']} {sums['audio.2']}")
    monkeypatch.setitem(tau._TEXTS, "2019", {"doc": sums["doc"], "meta": sums["meta"]})
    monkeypatch.setitem(tau.PER_CLIP, "2019", 1000)
    return web


def test_fetching(archives: Any, own_home: Path) -> None:
    target = fetch(own_home / "datasets/tau-scenes/2019", "2019")
    dataset = open_dataset(DatasetOptions(version="2019"))
    assert len(dataset.clips("all")) == len(NAMES)
    assert not list(target.rglob("*.zip"))
    assert len(archives.asked) == 4
    fetch(target, "2019")
    assert len(archives.asked) == 4
    (target / tau.FOLDERS["2019"] / NAMES[0]).unlink()
    fetch(target, "2019")
    assert archives.asked[4:] == ["TAU-urban-acoustic-scenes-2019-development.audio.1.zip"]
    assert len(open_dataset(DatasetOptions(version="2019")).clips("all")) == len(NAMES)


def test_a_damaged_archive_ends_the_fetch_and_what_is_done_stays(archives: Any, tmp_path: Path) -> None:
    second = archives.folder / f"{tau.FOLDERS['2019']}.audio.2.zip"
    whole = second.read_bytes()
    second.write_bytes(whole[:-1] + b"x")
    with pytest.raises(AacbenchError, match=r"audio\.2\.zip.*its md5 is"):
        fetch(tmp_path / "data", "2019")
    second.write_bytes(whole)
    fetch(tmp_path / "data", "2019")
    assert archives.asked.count(f"{tau.FOLDERS['2019']}.audio.1.zip") == 1
    assert len(opened(tmp_path / "data").clips("all")) == len(NAMES)


def test_archives_that_lack_clips(archives: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tau._MD5, "2019", tau._MD5["2019"].split()[0])
    with pytest.raises(AacbenchError, match=r"8 of 16 clips are not in .*: 'audio/metro_station-lyon"):
        fetch(tmp_path / "data", "2019")
