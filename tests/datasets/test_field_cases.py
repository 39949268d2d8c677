"""What people's data looked like in the field: each case with its right outcome, and its relatives."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import DatasetOptions
from aacbench.datasets.audiocaps.dataset import open_dataset as open_audiocaps
from aacbench.datasets.clotho.dataset import open_dataset as open_clotho
from aacbench.datasets.csv_folder.dataset import open_captions
from aacbench.datasets.fingerprint import fingerprint
from aacbench.datasets.leaks import leaks
from aacbench.datasets.shared.split_names import meanings
from aacbench.errors import UserError
from aacbench.files.audio_files import audio_below

SPLITS = ("development", "validation", "evaluation")
MakeAudio = Callable[..., None]


@pytest.fixture(autouse=True)
def own_cache(own_home: Path) -> None:
    """Nothing is found in another's cache."""


@pytest.fixture
def case(test_data: Path) -> Callable[[str], Path]:
    """Returns the folder of a field case by its number."""

    def find(number: str) -> Path:
        return next((test_data / "field-cases").glob(f"{number}-*"))

    return find


def sizes(dataset: Any) -> list[int]:
    return [len(dataset.clips(split)) if split in dataset.splits else 0 for split in SPLITS]


def test_07_train_dev_test(case: Callable[[str], Path]) -> None:
    assert sizes(open_captions(DatasetOptions(case("07"), settings={"audio": "audio"}))) == [6, 2, 2]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("train dev test", SPLITS),
        ("train val test", SPLITS),
        ("TRAIN Valid Eval", SPLITS),
        ("training validation testing", SPLITS),
        ("development validation evaluation", SPLITS),
        ("dev val eval", SPLITS),
        (" dev test", ("development", "evaluation")),
    ],
)
def test_words_for_splits_mean_what_they_say(words: str, wanted: tuple[str, ...]) -> None:
    given = words.strip().split(" ")
    assert meanings(Path("a.csv"), "split", given) == dict(zip(given, wanted, strict=True))


@pytest.mark.parametrize(
    "words", ["train dev val test", "train training", "train development", "test eval", "val valid"]
)
def test_two_names_for_one_split_are_refused(words: str) -> None:
    with pytest.raises(UserError, match="two names for the split"):
        meanings(Path("a.csv"), "split", words.split())


@pytest.mark.parametrize("column", ["split", "Split", "subset", "fold", " SPLIT ", "Partition"])
def test_a_column_of_splits_is_used_under_any_usual_name(column: str, tmp_path: Path, make_audio: MakeAudio) -> None:
    make_audio(tmp_path, "0.wav", "1.wav")
    (tmp_path / "a.csv").write_text(f"file_name,caption,{column}\n0.wav,A dog,train\n1.wav,Rain,test \n")
    assert sizes(open_captions(DatasetOptions(tmp_path))) == [1, 0, 1]
    with pytest.raises(UserError, match="lacks the column 'other'"):
        open_captions(DatasetOptions(tmp_path, settings={"split_column": "other"}))


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [("fold", "3", "has the split '3' in its column 'fold'"), ("subset,fold", "train,1", "say which holds the splits")],
)
def test_a_column_that_may_hold_splits_is_never_ignored(header: str, row: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"file_name,caption,{header}\n0.wav,A dog,{row}\n")
    with pytest.raises(UserError, match=message):
        open_captions(DatasetOptions(tmp_path))


def test_14_a_row_broken_over_two_lines(case: Callable[[str], Path]) -> None:
    dataset = open_audiocaps(DatasetOptions(case("14"), "v2"))
    assert sizes(dataset) == [2, 2, 2]
    assert dataset.clips("development")[0].captions == ("an engine hums with faint voices behind it",)
    assert any("train.csv, line 3: joined to the line above" in note for note in dataset.notes())


@pytest.mark.parametrize("broken", ["3,abcdefghij3,0", "3,abcdefghij3,0,a dog, then rain", "4"])
def test_a_broken_row_is_named_and_left_out(broken: str, case: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(case("14"), tmp_path / "data")
    text = (tmp_path / "data" / "test.csv").read_text()
    (tmp_path / "data" / "test.csv").write_text(text + broken + "\n")
    dataset = open_audiocaps(DatasetOptions(tmp_path / "data", "v2"))
    assert sizes(dataset)[2] == 2
    assert any("test.csv, line 4: left out" in note for note in dataset.notes())
    (tmp_path / "data" / "test.csv").write_text(text + f"{broken}\n" * 6)
    with pytest.raises(UserError, match="6 rows without 4 fields"):
        open_audiocaps(DatasetOptions(tmp_path / "data", "v2")).clips("evaluation")


def test_16_opus(case: Callable[[str], Path]) -> None:
    assert sizes(open_audiocaps(DatasetOptions(case("16")))) == [2, 2, 2]


@pytest.mark.parametrize(
    "ending", [".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".w64", ".caf", ".au", ".WAV"]
)
def test_whatever_can_be_read_is_found_behind_links(ending: str, tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    known = {".oga": ("OGG", "VORBIS"), ".opus": ("OGG", "OPUS"), ".mp3": ("MP3", None), ".aif": ("AIFF", None)}
    form, subtype = known.get(ending.lower(), (ending[1:].upper(), None))
    away = tmp_path / "away" / "deep"
    away.mkdir(parents=True)
    path = away / f"tone{ending}"
    soundfile.write(path, np.full(4800, 0.1), 48000, format=form, subtype=subtype)
    data = tmp_path / "data"
    data.mkdir()
    (data / "link").symlink_to(away, target_is_directory=True)
    (data / "circle").symlink_to(data, target_is_directory=True)
    assert [found.name for found in audio_below(data)] == [path.name]
    (data / "a.csv").write_text("file_name,caption,split\ntone,A tone,train\nlink/tone.wav,A tone,test\n")
    (data / "a.csv").write_text("file_name,caption,split\nlink/tone,A tone,train\n")
    (clip,) = open_captions(DatasetOptions(data)).clips("development")
    assert os.path.realpath(str(clip.audio)) == str(path)


def test_folders_as_deep_as_paths_go(tmp_path: Path) -> None:
    folder = tmp_path
    before = os.getcwd()
    try:
        for _ in range(1500):
            (folder / "d").mkdir()
            os.chdir(folder / "d")
            folder = Path()
    finally:
        os.chdir(before)
    (tmp_path / "a.wav").touch()
    assert [path.name for path in audio_below(tmp_path)] == ["a.wav"]
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # Python's own removal is recursive


@pytest.mark.parametrize("form", ["flac", "stripped"])
def test_19_clotho_under_near_names(form: str, case: Callable[[str], Path]) -> None:
    dataset = open_clotho(DatasetOptions(case("19") / form))
    assert sizes(dataset) == [2, 1, 1]
    assert dataset.clips("development")[0].id.endswith(".wav")
    assert any("files are not called as the table says" in note for note in dataset.notes())


def test_23_the_same_audio_in_train_and_test(case: Callable[[str], Path]) -> None:
    dataset = open_captions(DatasetOptions(case("23"), settings={"audio": "audio"}))
    splits = {split: dataset.clips(split) for split in dataset.splits}
    for clips in splits.values():
        fingerprint(clips)
    (leak,) = leaks(splits)
    assert "byte for byte" in leak and "'clip0.wav'" in leak and "'clip8.wav'" in leak


@pytest.mark.parametrize(("form", "audio"), [("win", ".."), ("upper", "../audio"), ("noend", "../audio")])
def test_28_own_tables_with_near_names(form: str, audio: str, case: Callable[[str], Path]) -> None:
    dataset = open_captions(DatasetOptions(case("28") / form, settings={"audio": audio}))
    assert sum(sizes(dataset)) == 10
    assert all(len(clip.captions) == 2 for clip in dataset.clips("development"))
    assert any("files are not called as the table says" in note for note in dataset.notes())


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sub/0.wav", True), ("sub\\0.wav", True), ("0.wav", True), ("/home/me/sub/0.wav", True), ("SUB/0.WAV", True),
        ("C:\\data\\sub\\0.flac", True), (" sub/0.wav", True), ("../sub/0.wav", True), ("0", True),
        ("other/0.wav", False), ("sub/1.wav", False), ("../0/0", False),
    ],
)  # fmt: skip
def test_forms_of_names(name: str, found: bool, tmp_path: Path, make_audio: MakeAudio) -> None:
    make_audio(tmp_path / "data" / "sub", "0.wav")
    make_audio(tmp_path, "0/0.wav")
    (tmp_path / "data" / "a.csv").write_text(f'file_name,caption,split\n"{name}",A dog,train\n')
    dataset = open_captions(DatasetOptions(tmp_path / "data"))
    if found:
        (clip,) = dataset.clips("development")
        assert clip.id == name and clip.audio == tmp_path / "data" / "sub" / "0.wav"
    else:
        with pytest.raises(UserError, match="1 of 1 clips have no audio file"):
            dataset.clips("development")


def test_a_near_name_of_two_files_is_not_guessed(tmp_path: Path, make_audio: MakeAudio) -> None:
    make_audio(tmp_path, "a/0.wav", "b/0.wav")
    (tmp_path / "a.csv").write_text("file_name,caption,split\n0.wav,A dog,train\n")
    with pytest.raises(UserError, match=r"no audio file.*could be 'a/0\.wav' or 'b/0\.wav'"):
        open_captions(DatasetOptions(tmp_path)).clips("development")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_own_tables_in_every_form(
    encoding: str, delimiter: str, end: str, tmp_path: Path, make_audio: MakeAudio
) -> None:
    make_audio(tmp_path, "0.wav")
    lines = [[" file_name", "caption ", "Split"], ["0.wav", '"A café, a dog; and a tab"', "train"]]
    text = "".join(delimiter.join(line) + end for line in [*lines, lines[1]])
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    (clip,) = open_captions(DatasetOptions(tmp_path)).clips("development")
    assert clip.captions == ("A café, a dog; and a tab",) * 2, "the same caption twice is data"


def test_a_home_folder_is_expanded(tmp_path: Path, make_audio: MakeAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    make_audio(tmp_path / "data" / "sounds", "0.wav")
    (tmp_path / "data" / "a.csv").write_text("file_name,caption,split\n0.wav,A dog,train\n")
    for audio in ("~/data/sounds", "sounds"):
        dataset = open_captions(DatasetOptions(Path("~/data"), settings={"audio": audio, "csv": "~/data/a.csv"}))
        assert sizes(dataset) == [1, 0, 0]
