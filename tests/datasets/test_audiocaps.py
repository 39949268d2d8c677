"""AudioCaps: the real captions, clips in every naming scheme, clips that are gone, and broken copies."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.audio.source import audio_path
from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.audiocaps import releases
from aacbench.datasets.audiocaps.captions import read_captions
from aacbench.datasets.audiocaps.dataset import AudioCaps, open_dataset
from aacbench.datasets.audiocaps.fetch import download_size, fetch
from aacbench.errors import AacbenchError, UserError

pytestmark = pytest.mark.usefixtures("own_home")

HEADER = "audiocap_id,youtube_id,start_time,caption\n"
VIDEOS = ("-abcdefghi1", "_abcdefghi2", "Yabcdefghi3", "abc_defghi4", "abcdefghi_5")


def rows(videos: tuple[str, ...], captions: int = 5) -> str:
    lines = []
    for place, video in enumerate(videos):
        for number in range(captions):
            lines.append(f'{10 * place + number},{video},30,"A dog, then caption {number}"')
    return HEADER + "\n".join(lines) + "\n"


def make(root: Path, videos: tuple[str, ...] = VIDEOS, split: str = "test") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / f"{split}.csv").write_text(rows(videos), encoding="utf-8")
    return root


def opened(root: Path, version: str | None = None, **settings: str) -> AudioCaps:
    return open_dataset(DatasetOptions(root, version, settings))


def test_real_captions(test_data: Path) -> None:
    dataset: Dataset = opened(test_data / "audiocaps-captions")
    assert isinstance(dataset, Dataset)
    assert isinstance(dataset, AudioCaps)
    assert (dataset.name, dataset.version) == ("audiocaps", "v1")
    counts = {split: {len(texts) for texts in dataset.captions(split).values()} for split in dataset.splits}
    assert counts == {"development": {1}, "validation": {5}, "evaluation": {5}}
    assert [len(dataset.captions(split)) for split in dataset.splits] == [49_838, 495, 975]
    assert sum(video[0] in "-_" for video, _ in dataset.captions("test")) == 33
    assert dataset.captions("evaluation")["7fmOlUlwoNg", 20][0] == "Constant rattling noise and sharp vibrations"
    assert not [note for note in dataset.notes() if "official" in note]


def test_which_real_clips_exist_is_recorded(test_data: Path, tmp_path: Path, make_audio: Callable[..., None]) -> None:
    captions = read_captions(test_data / "audiocaps-captions/test.csv")
    there = [key for place, key in enumerate(captions) if place % 39]
    make_audio(tmp_path, *(f"test/{video}_{start}.flac" for video, start in there))
    dataset = opened(test_data / "audiocaps-captions", audio=str(tmp_path))
    clips = dataset.clips("evaluation")
    assert [(clip.source, clip.captions) for clip in clips] == [(key[0], captions[key]) for key in there]
    (note,) = [note for note in dataset.notes() if note.startswith("evaluation")]
    assert note.startswith("evaluation: 950 of the 975 clips exist (sha256 of their ids ")
    missing = note.rpartition("missing: ")[2].split(", ")
    assert missing == [f"{video}_{start}" for place, (video, start) in enumerate(captions) if place % 39 == 0]


@pytest.mark.parametrize(
    "scheme",
    ["{}_30.flac", "Y{}.wav", "{}.wav", "{}_30_40.ogg", "{}_30000_40000.flac", "Y{}_30.000.wav", "{}_000030.wav"],
)
def test_naming_schemes(scheme: str, tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path), *("audio/some/" + scheme.format(video) for video in VIDEOS))
    clips = opened(tmp_path).clips("evaluation")
    assert [clip.id for clip in clips] == [f"{video}_30" for video in VIDEOS]  # whatever the files are called
    assert [clip.audio.name for clip in clips] == [scheme.format(video) for video in VIDEOS]
    assert opened(tmp_path).notes()[-1] == "evaluation: 5 of the 5 clips exist"


def test_the_hash_depends_on_which_clips_exist(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    def note(*names: str) -> str:
        make_audio(folder := tmp_path / names[0], *(f"{name}.wav" for name in names))
        return opened(make(tmp_path / "csv"), audio=str(folder)).notes()[-1].partition(";")[0]

    assert note(VIDEOS[0], VIDEOS[2]) != note(VIDEOS[1], VIDEOS[2])
    assert note(VIDEOS[0], VIDEOS[2]) == note(f"Y{VIDEOS[0]}", VIDEOS[2])


def test_clips_beside_captions_from_the_cache(tmp_path: Path, own_home: Path, make_audio: Callable[..., None]) -> None:
    make(own_home / "datasets/audiocaps/v1")
    make_audio(tmp_path / "clips", f"{VIDEOS[3]}.wav")
    assert [clip.source for clip in opened(tmp_path / "clips").clips("test")] == [VIDEOS[3]]


def test_one_clip_in_two_formats(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path), *(f"{folder}/{VIDEOS[0]}.{kind}" for folder, kind in (("a", "ogg"), ("b", "wav"))))
    assert [audio_path(clip.audio).suffix for clip in opened(tmp_path).clips("evaluation")] == [".wav"]


def test_no_clip_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none of its 5 clips is below .*--data-dir"):
        opened(make(tmp_path)).clips("evaluation")


def test_a_broken_clip_is_not_passed_over(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path), *(f"{video}.wav" for video in VIDEOS))
    (tmp_path / f"{VIDEOS[1]}.wav").write_bytes(b"")
    whole = (tmp_path / f"{VIDEOS[2]}.wav").read_bytes()
    (tmp_path / f"{VIDEOS[2]}.wav").write_bytes(whole[:-9])
    with pytest.raises(UserError, match=r"2 of 5 clips cannot be used: '_abcdefghi2_30', 'Y.*delete them"):
        opened(tmp_path).clips("evaluation")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER.replace("start_time", "start") + "1,abcdefghi_5,30,A\n", "lacks the column 'start_time'"),
        (HEADER, "a header but no rows"),
        (HEADER + "1,abcdefghi_5,30,A dog, then rain\n", "has rows without 4 fields: .line 2: left out, 5 cells"),
        (HEADER + "1,=cmd,30,A dog\n", "youtube ids that are none: '=cmd'"),
        (HEADER + "1,abcdefghi_5,3.5,A dog\n", "start times that are no whole seconds: '3.5'"),
        (HEADER + "1,abcdefghi_5,30,A dog\n" * 2, "audiocap ids that stand twice: '1'"),
        (HEADER + "1,abcdefghi_5,30, \n", "empty captions: '1'"),
        (HEADER + '1,abcdefghi_5,30,"A dog\n', "a quotation mark is probably not closed"),
    ],
)
def test_broken_tables(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        opened(tmp_path).clips("evaluation")


def test_byte_order_mark_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_bytes(("\ufeff" + rows(VIDEOS).replace("\n", "\r\n")).encode())
    captions = read_captions(path)
    assert [video for video, _ in captions] == list(VIDEOS)
    assert captions[VIDEOS[0], 30][4] == "A dog, then caption 4"


def test_names_that_do_not_exist(tmp_path: Path) -> None:
    dataset = opened(make(tmp_path))
    with pytest.raises(UserError, match="unknown split of audiocaps 'tests'"):
        dataset.clips("tests")
    with pytest.raises(UserError, match=r"has no split development \(wanted train\.csv\)"):
        dataset.clips("train")
    with pytest.raises(UserError, match="unknown version of audiocaps 'v3'"):
        opened(tmp_path, "v3")
    with pytest.raises(UserError, match="unknown audiocaps setting 'seed'"):
        opened(tmp_path, seed="1")
    with pytest.raises(UserError, match="run `aacbench fetch audiocaps --version v2`"):
        open_dataset(DatasetOptions(version="2.0"))
    with pytest.raises(UserError, match="is not a folder"):
        opened(tmp_path / "absent")


def test_a_changed_table_is_noted(test_data: Path, tmp_path: Path) -> None:
    text = (test_data / "audiocaps-captions/test.csv").read_text(encoding="utf-8")
    (tmp_path / "test.csv").write_text(text.replace("A rocket flies", "A big rocket flies"), encoding="utf-8")
    assert "the captions of evaluation differ from the official file of v1" in opened(tmp_path).notes()
    assert "the captions of evaluation differ from the official file of v2" in opened(tmp_path, "v2").notes()
    assert "the split validation is absent" in opened(tmp_path).notes()


def publish(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "URL", f"{web.url}/{{folder}}/{{name}}")
    monkeypatch.setattr(releases, "ROWS", {key: 5 for key in releases.ROWS})
    sums = {}
    for version, folder in releases.FOLDERS.items():
        (web.folder / folder).mkdir()
        for place, split in enumerate(("train", "val", "test")):
            content = rows((VIDEOS[place],)).encode()
            (web.folder / folder / f"{split}.csv").write_bytes(content)
            sums[version, split] = hashlib.md5(content).hexdigest()
    sums.pop(("v2", "train"))
    monkeypatch.setattr(releases, "MD5", sums)


def test_fetching(web: Any, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    publish(web, monkeypatch)
    for version in ("v1", "v2"):
        target = fetch(own_home / "datasets/audiocaps" / version, version)
        dataset = open_dataset(DatasetOptions(version=version))
        assert dataset.root == target
        assert [len(dataset.captions(split)) for split in dataset.splits] == [1, 1, 1]
        assert not [note for note in dataset.notes() if "official" in note]
    fetch(target, "v2")
    assert len(web.asked) == 6  # what is there is not fetched again


def test_fetching_another_file(web: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    publish(web, monkeypatch)
    (web.folder / "dataset2.0/train.csv").write_text(rows(VIDEOS))
    with pytest.raises(AacbenchError, match="25 captions, wanted 5; nothing was kept"):
        fetch(tmp_path / "data", "v2")
    assert not list((tmp_path / "data").glob("*.csv"))
    (web.folder / "dataset/train.csv").write_text(rows(VIDEOS))
    with pytest.raises(AacbenchError, match="its md5 is"):
        fetch(tmp_path / "data", "v1")


def test_sizes_are_as_the_real_files(test_data: Path) -> None:
    real = sum(path.stat().st_size for path in (test_data / "audiocaps-captions").glob("*.csv"))
    assert abs(download_size("v1") / real - 1) < 0.1
    with (test_data / "audiocaps-captions/val.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.DictReader(file)) == releases.ROWS["v1", "val"]
