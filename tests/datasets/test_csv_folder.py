"""One's own captions and labels: the forms of the table, splits, and everything that a spreadsheet can do to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.csv_folder.dataset import CsvFolder, open_captions, open_labels
from aacbench.errors import UserError

FIVE = "file_name,caption_1,caption_2\n" + "".join(f'{n}.wav,"A dog, then {n}",Rain {n}\n' for n in range(5))
LABELS = "file_name,labels\n" + "".join(f"{n}.wav,dog; rain ;dog\n" for n in range(5))


@pytest.fixture
def captions(tmp_path: Path, make_audio: Callable[..., None]) -> Callable[..., CsvFolder]:
    make_audio(tmp_path, *(f"{number}.wav" for number in range(5)))

    def make(text: str = FIVE, encoding: str = "utf-8", **settings: str) -> CsvFolder:
        (tmp_path / "mine.csv").write_text(text, encoding=encoding, newline="")
        return open_captions(DatasetOptions(tmp_path, None, settings))

    return make


@pytest.fixture
def labels(tmp_path: Path, make_audio: Callable[..., None]) -> Callable[..., CsvFolder]:
    make_audio(tmp_path, *(f"{number}.wav" for number in range(5)))

    def make(text: str = LABELS, **settings: str) -> CsvFolder:
        (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
        return open_labels(DatasetOptions(tmp_path, None, settings))

    return make


def everything(dataset: CsvFolder) -> dict[str, tuple[str, ...]]:
    clips = (clip for split in dataset.splits for clip in dataset.clips(split))
    return {clip.id: clip.captions or clip.tags for clip in clips}


def test_captions_in_columns(captions: Callable[..., CsvFolder]) -> None:
    dataset: Dataset = captions()
    assert isinstance(dataset, Dataset)
    assert isinstance(dataset, CsvFolder)
    assert dataset.name == "csv-captions"
    assert everything(dataset) == {f"{n}.wav": (f"A dog, then {n}", f"Rain {n}") for n in range(5)}
    assert {split: len(dataset.clips(split)) for split in dataset.splits} == {
        "development": 3,
        "validation": 1,
        "evaluation": 1,
    }
    assert dataset.notes() == [
        "the table has no splits; parts were drawn by seed: development 3, validation 1, evaluation 1"
    ]


def test_captions_in_rows(captions: Callable[..., CsvFolder]) -> None:
    dataset = captions("file_name,caption\n0.wav,A dog\n1.wav,Rain\n0.wav,Another dog\n", validation="0")
    assert everything(dataset) == {"0.wav": ("A dog", "Another dog"), "1.wav": ("Rain",)}


def test_some_captions_may_be_empty(captions: Callable[..., CsvFolder]) -> None:
    text = "file_name,caption_10,caption_2,caption_1\n0.wav,c,b,a\n1.wav,,,a\n"
    assert everything(captions(text)) == {"0.wav": ("a", "b", "c"), "1.wav": ("a",)}  # in the order of their numbers


def test_labels(labels: Callable[..., CsvFolder]) -> None:
    dataset = labels()
    assert dataset.name == "csv-labels"
    assert set(everything(dataset).values()) == {("dog", "rain")}
    assert dataset.clips("evaluation")[0].captions == ()


def test_scenes(labels: Callable[..., CsvFolder]) -> None:
    dataset = labels("file_name,place\n0.wav,park\n1.wav,bus\n", column="place", kind="scene", evaluation="0.5")
    assert {clip.scene for split in dataset.splits for clip in dataset.clips(split)} == {"park", "bus"}
    with pytest.raises(UserError, match=r"5 clips have several scenes: '0\.wav'"):
        labels(kind="scene")


def test_splits_of_the_table(captions: Callable[..., CsvFolder]) -> None:
    text = "file_name,caption,split\n0.wav,A dog,train\n1.wav,Rain,VAL\n2.wav,Wind,test\n3.wav,Sea,Train \n"
    dataset = captions(text)
    assert [[clip.id for clip in dataset.clips(split)] for split in dataset.splits] == [
        ["0.wav", "3.wav"],
        ["1.wav"],
        ["2.wav"],
    ]
    assert dataset.notes() == ["1 audio file is not in the table and is ignored"]
    other = captions(text.replace("split", "fold"), split_column="fold")
    assert len(other.clips("development")) == 2
    without = captions(text.replace("VAL", "train"))
    assert without.splits == ("development", "evaluation")
    with pytest.raises(UserError, match="has no clips in the split validation; it has development, evaluation"):
        without.clips("validation")


def test_sources_stay_together(captions: Callable[..., CsvFolder]) -> None:
    text = "file_name,caption,source\n" + "".join(f"{n}.wav,Dog {n},{n % 2}\n" for n in range(4))
    dataset = captions(text, evaluation="0.5", validation="0")
    assert [len(dataset.clips(split)) for split in dataset.splits] == [2, 2]
    assert len({clip.source for clip in dataset.clips("evaluation")}) == 1


def test_the_seed_decides(captions: Callable[..., CsvFolder]) -> None:
    drawn = {captions(seed=str(seed)).clips("evaluation")[0].id for seed in range(20)}
    assert len(drawn) > 1
    assert captions(seed="3").clips("evaluation") == captions(seed="3").clips("evaluation")


@pytest.mark.parametrize(("old", "new"), [(",", ";"), (",", "\t"), ("\n", "\r\n")])
def test_what_spreadsheets_write(old: str, new: str, captions: Callable[..., CsvFolder]) -> None:
    text = "file_name,caption_1,caption_2\n0.wav,A dog,Rain\n1.wav,A cat,Wind\n"
    expected = everything(captions(text))
    assert everything(captions(text.replace(old, new), encoding="utf-8-sig")) == expected
    assert expected["0.wav"] == ("A dog", "Rain")


def test_folders_below(captions: Callable[..., CsvFolder], tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(tmp_path / "sound/a", "0.flac")
    make_audio(tmp_path / "sound/b", "0.flac", "1.flac")
    dataset = captions("file_name,caption\na/0.flac,A dog\nb/0.flac,Rain\n", audio="sound")
    assert everything(dataset) == {"a/0.flac": ("A dog",), "b/0.flac": ("Rain",)}
    assert dataset.notes()[-1] == "1 audio file is not in the table and is ignored"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file_name,text\n0.wav,A dog\n", "lacks captions; wanted caption_1, .* found 'file_name', 'text'"),
        ("name,caption\n0.wav,A dog\n", "has no column 'file_name'"),
        ("file_name,caption\n", "a header but no rows"),
        ("", "is empty; wanted a CSV file"),
        ("file_name,caption\n0.wav,A dog, barking\n", "line 2: 3 cells where the header has 2"),
        ("file_name,caption,split\n0.wav,A dog\n", "line 2: fewer cells"),
        ("file_name,caption_1\n0.wav,A dog\n0.wav,A cat\n", "names that stand twice: '0.wav'"),
        ("file_name,caption_1,caption_1\n0.wav,A,B\n", "columns more than once: 'caption_1'"),
        ("file_name,caption\n0.wav, \n", "clips without a caption: '0.wav'"),
        ("file_name,caption\n,A dog\n", "rows without a file name: '2'"),
        ('file_name,caption\n0.wav,"A dog\n', "a quotation mark is probably not closed"),
        ("file_name,caption,split\n0.wav,A dog,holdout\n", "has the split 'holdout'"),
        ("file_name,caption,split\n0.wav,A dog,train\n1.wav,A cat,\n", "1 row without a split: '1.wav'"),
        ("file_name,caption,split\n0.wav,A dog,train\n0.wav,A cat,test\n", "puts the clip '0.wav' into two splits"),
    ],
)
def test_broken_tables(text: str, message: str, captions: Callable[..., CsvFolder]) -> None:
    with pytest.raises(UserError, match=message):
        captions(text)


def test_latin_1(captions: Callable[..., CsvFolder]) -> None:
    dataset = captions("file_name,caption\n0.wav,A café\n", encoding="iso-8859-1")
    assert everything(dataset) == {"0.wav": ("A café",)}
    assert "is not UTF-8" in dataset.notes()[0]


def test_broken_labels(labels: Callable[..., CsvFolder]) -> None:
    with pytest.raises(UserError, match="lacks the column 'labels'; found 'file_name', 'tags': name one with"):
        labels("file_name,tags\n0.wav,dog\n")
    with pytest.raises(UserError, match=r"clips without a label: '0\.wav'"):
        labels("file_name,labels\n0.wav, ; \n")


def test_missing_and_broken_audio(captions: Callable[..., CsvFolder], tmp_path: Path) -> None:
    dataset = captions("file_name,caption,split\n0.wav,A dog,test\n9.wav,Rain,test\n1.wav,Wind,test\n")
    (tmp_path / "1.wav").write_text("no audio")
    with pytest.raises(UserError, match=r"1 of 3 clips have no audio file in .*'9\.wav'; 1 of 3 clips cannot be used"):
        dataset.clips("evaluation")


def test_which_table(captions: Callable[..., CsvFolder], tmp_path: Path) -> None:
    captions()
    (tmp_path / "other.csv").write_text(FIVE)
    with pytest.raises(UserError, match=r"wanted one CSV file in .*, found 'mine.csv', 'other.csv'; name one"):
        captions()
    assert captions(csv="other.csv").path.name == "other.csv"
    with pytest.raises(UserError, match=r"there is no table .*third\.csv"):
        captions(csv="third.csv")
    with pytest.raises(UserError, match="name its folder with --data-dir"):
        open_captions(DatasetOptions())
    with pytest.raises(UserError, match="is not a folder"):
        open_captions(DatasetOptions(tmp_path / "absent"))
    with pytest.raises(UserError, match="has no versions"):
        open_captions(DatasetOptions(tmp_path, "v1"))


def test_settings_that_do_not_fit(captions: Callable[..., CsvFolder]) -> None:
    with pytest.raises(UserError, match="unknown csv-captions setting 'column'"):
        captions(column="x")
    with pytest.raises(UserError, match="seed=x: wanted a whole number"):
        captions(seed="x")
    with pytest.raises(UserError, match="leave nothing for development"):
        captions(validation="0.5", evaluation="0.5")
    with pytest.raises(UserError, match="is not a folder; correct the setting audio"):
        captions(audio="nowhere")


@pytest.mark.parametrize("text", ["file_name,\rcaption\ra.wav,b\r", 'file_name,"caption\n', "file_name,cap\0tion\n"])
def test_broken_first_lines(text: str, tmp_path: Path) -> None:
    (tmp_path / "captions.csv").write_text(text, newline="")
    with pytest.raises(UserError, match=r"cells where|a quotation mark|not a text file|lacks captions|no file|no rows"):
        open_captions(DatasetOptions(tmp_path)).clips("development")
