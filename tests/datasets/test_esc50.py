"""ESC-50 and ESC-10: real clips in folders, the layout with a table, folds, and broken copies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.esc50.dataset import Esc, open_dataset
from aacbench.datasets.leaks import leaks
from aacbench.errors import UserError

pytestmark = pytest.mark.usefixtures("own_home")

HEADER = "filename,fold,target,category,esc10,src_file,take\n"


def opened(root: Path, version: str | None = None, **settings: str) -> Esc:
    return open_dataset(DatasetOptions(root, version, settings))


def make(root: Path, make_audio: Callable[..., None], classes: int = 50) -> Path:
    """Write the layout with a table: one clip a class and fold, every fifth class in ESC-10."""
    rows = [
        f"{fold}-{1000 * fold + label}-A-{label}.wav,{fold},{label},sound_{label},{label % 5 == 0},1,A"
        for label in range(classes)
        for fold in range(1, 6)
    ]
    make_audio(root / "audio", *(row.partition(",")[0] for row in rows))
    (root / "meta").mkdir(exist_ok=True)
    (root / "meta/esc50.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return root


def test_real_clips(test_data: Path) -> None:
    dataset: Dataset = opened(test_data / "esc10")
    assert isinstance(dataset, Dataset)
    assert isinstance(dataset, Esc)
    assert (dataset.name, dataset.version) == ("esc50", "esc10")
    parts = {split: dataset.clips(split) for split in dataset.splits}
    assert {split: len(part) for split, part in parts.items()} == {
        "development": 290,
        "validation": 30,
        "evaluation": 80,
    }
    assert all(len({clip.tags for clip in part}) == 10 for part in parts.values())
    assert leaks(parts) == []
    first = parts["development"][0]
    assert (first.id, first.tags, first.source, first.captions) == ("1-100032-A.ogg", ("Dog bark",), "100032", ())
    assert dataset.notes() == []


def test_folds(test_data: Path) -> None:
    for fold in "12345":
        dataset = opened(test_data / "esc10", fold=fold)
        assert {clip.id[0] for clip in dataset.clips("evaluation")} == {fold}
        training = {clip.id[0] for split in ("development", "validation") for clip in dataset.clips(split)}
        assert training == set("12345") - {fold}
    with pytest.raises(UserError, match="unknown value of the esc50 setting fold '6'"):
        opened(test_data / "esc10", fold="6")


def test_the_layout_with_a_table(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    dataset = opened(make(tmp_path, make_audio))
    assert dataset.version == "esc50"
    assert {clip.tags for clip in dataset.clips("evaluation")} == {(f"sound {label}",) for label in range(50)}
    ten = opened(tmp_path, "esc10")
    assert len(ten.clips("evaluation")) == 10
    assert sum(len(ten.clips(split)) for split in ten.splits) == 50
    assert "sound 0 has 5 clips, officially 40" in ten.notes()


def test_the_wrong_version(test_data: Path, tmp_path: Path, make_audio: Callable[..., None]) -> None:
    with pytest.raises(UserError, match="has 10 classes, esc50 50"):
        opened(test_data / "esc10", "esc50")
    with pytest.raises(UserError, match="has 20 classes, esc50 50"):
        opened(make(tmp_path, make_audio, classes=20))
    with pytest.raises(UserError, match="unknown version of esc50 'esc5'"):
        opened(tmp_path, "esc5")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("category", "class", "lacks the column 'category'"),
        (",1,0,sound_0", ",6,0,sound_0", "folds that are not 1 to 5: '6'"),
        ("sound_7,", ",", "rows without a category"),
        ("1-1001-A-1.wav", "1-1000-A-0.wav", "names that stand twice: '1-1000-A-0.wav'"),
        ("1-1001-A-1.wav", "sub/1-1001-A-1.wav", "names that hold a path"),
        (",sound_3,", ',"sound_3,', "quotation mark|without 7 fields"),
    ],
)
def test_broken_tables(old: str, new: str, message: str, tmp_path: Path, make_audio: Callable[..., None]) -> None:
    path = make(tmp_path, make_audio) / "meta/esc50.csv"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UserError, match=message):
        opened(tmp_path)


def test_missing_and_broken_clips(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make(tmp_path, make_audio)
    (tmp_path / "audio/5-5000-A-0.wav").unlink()
    (tmp_path / "audio/5-5001-A-1.wav").write_text("no audio")
    with pytest.raises(UserError, match=r"1 of 50 clips have no audio file.*1 of 50 clips cannot be used"):
        opened(tmp_path).clips("evaluation")


def test_other_files_in_class_folders(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    for number in range(1, 11):
        make_audio(tmp_path / f"{number:03d} - Sound {number}", f"1-{number}-A.ogg", f"5-{number + 50}-A.ogg")
    (tmp_path / "001 - Sound 1/notes.txt").write_text("not audio")
    assert len(opened(tmp_path).clips("evaluation")) == 10
    make_audio(tmp_path / "002 - Sound 2", "my dog.wav")
    with pytest.raises(UserError, match=r"1 audio file that is not called .*'002 - Sound 2/my dog\.wav'"):
        opened(tmp_path)


def test_nowhere(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no ESC .*download ESC-50 from https"):
        opened(tmp_path)
    with pytest.raises(UserError, match="ESC esc50 is not on this machine; download"):
        open_dataset(DatasetOptions())
