"""AudioSet: its odd CSV files, clips that the user has, held-out videos, and broken copies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.audioset import fetch as fetch_module
from aacbench.datasets.audioset import segments
from aacbench.datasets.audioset.dataset import AudioSet, open_dataset
from aacbench.errors import AacbenchError, UserError

pytestmark = pytest.mark.usefixtures("own_home")

LABELS = 'index,mid,display_name\n0,/m/09x0r,"Speech"\n1,/m/05zppz,"Male speech, man speaking"\n2,/t/dd00013,"Dog"\n'
VIDEOS = tuple(f"{first}bcdefghij{number}" for number, first in enumerate("-_Ya"))


def table(videos: tuple[str, ...] = VIDEOS, stated: int | None = None) -> str:
    head = (
        f"# Segments csv created Sun Mar  5 10:54:31 2017\n# num_ytids=4, num_segs={stated or len(videos)}, num_x=3\n"
    )
    head += "# YTID, start_seconds, end_seconds, positive_labels\n"
    return head + "".join(f'{video}, 30.000, 40.000, "/t/dd00013,/m/05zppz"\n' for video in videos)


def make(root: Path, videos: tuple[str, ...] = VIDEOS) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "class_labels_indices.csv").write_text(LABELS)
    for name in segments.FILES.values():
        (root / name).write_text(table(videos))
    return root


def opened(root: Path, **settings: str) -> AudioSet:
    return open_dataset(DatasetOptions(root, None, settings))


def test_labels_of_clips(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path) / "audios/eval_segments", *(f"Y{video}.wav" for video in VIDEOS))
    dataset: Dataset = opened(tmp_path)
    assert isinstance(dataset, Dataset)
    assert dataset.splits == ("development", "validation", "balanced", "unbalanced", "evaluation")
    clips = dataset.clips("evaluation")
    assert [clip.id for clip in clips] == [f"{video}_30" for video in VIDEOS]
    assert {clip.tags for clip in clips} == {("Male speech, man speaking", "Dog")}  # in the order of the label list
    assert {clip.captions for clip in clips} == {()}
    assert [clip.source for clip in clips] == list(VIDEOS)
    assert isinstance(dataset, AudioSet)
    assert dataset.labels == ("Speech", "Male speech, man speaking", "Dog")


def test_held_out_clips(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    videos = tuple(f"a{number:010d}" for number in range(40))
    make_audio(make(tmp_path, videos), *(f"{video}_30.flac" for video in videos))
    dataset = opened(tmp_path, training="unbalanced")
    parts = {split: {clip.id for clip in dataset.clips(split)} for split in ("development", "validation")}
    assert len(parts["validation"]) == 4
    assert not parts["validation"] & parts["development"]
    assert parts["validation"] | parts["development"] == {clip.id for clip in dataset.clips("unbalanced")}
    assert {clip.id for clip in opened(tmp_path, seed="1").clips("validation")} != parts["validation"]
    assert opened(tmp_path, validation="0").clips("validation") == []


def test_missing_clips_are_noted(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path), f"{VIDEOS[0]}.wav")
    dataset = opened(tmp_path)
    assert dataset.notes() == []  # nothing was opened yet
    assert len(dataset.clips("balanced")) == 1
    (note,) = dataset.notes()
    assert note.startswith("balanced: 1 of the 4 clips exist (sha256 of their ids ")
    assert note.endswith(" (the official set has 22,160)")


def test_no_clips(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"audioset evaluation: none of its 4 clips is below"):
        opened(make(tmp_path)).clips("evaluation")


def test_tables_from_the_cache(tmp_path: Path, own_home: Path, make_audio: Callable[..., None]) -> None:
    make(own_home / "datasets/audioset/v1")
    make_audio(tmp_path / "clips", f"{VIDEOS[1]}.wav")
    assert len(opened(tmp_path / "clips").clips("evaluation")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (table(stated=9), "has 4 segments, but states 9"),
        (table().replace("/t/dd00013", "/t/none"), r"has the label '/t/none' \(video '-bcdefghij0'\)"),
        (table().replace("30.000", "soon"), "has the row '-bcdefghij0, soon"),
        (table().replace("30.000", "nan"), "has the row '-bcdefghij0, nan"),
        (table().replace("30.000", "1e999"), "has the row '-bcdefghij0, 1e999"),
        (table().replace('"', ""), "has the row .*wanted video id, start, end and quoted labels"),
        (table() + '"open\n', "no sound CSV|has the row"),
        (table((VIDEOS[0], VIDEOS[0])), "has the segment -bcdefghij0_30 twice"),
    ],
)
def test_broken_tables(text: str, message: str, tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path), f"{VIDEOS[0]}.wav")
    (tmp_path / "eval_segments.csv").write_text(text)
    with pytest.raises(UserError, match=message):
        opened(tmp_path).clips("evaluation")


def test_a_broken_clip(tmp_path: Path, make_audio: Callable[..., None]) -> None:
    make_audio(make(tmp_path), f"{VIDEOS[0]}.wav")
    (tmp_path / f"{VIDEOS[1]}.wav").write_text("<html>")
    with pytest.raises(UserError, match=r"1 of 2 clips cannot be used: '_bcdefghij1_30'"):
        opened(tmp_path).clips("evaluation")


def test_what_is_unknown(tmp_path: Path) -> None:
    dataset = opened(make(tmp_path))
    with pytest.raises(UserError, match="unknown split of audioset 'eval'"):
        dataset.clips("eval")
    with pytest.raises(UserError, match="unknown value of the audioset setting training 'all'"):
        opened(tmp_path, training="all")
    with pytest.raises(UserError, match=r"validation=1: wanted a fraction"):
        opened(tmp_path, validation="1")
    (tmp_path / "eval_segments.csv").unlink()
    with pytest.raises(UserError, match=r"lacks eval_segments\.csv"):
        opened(tmp_path).clips("evaluation")
    with pytest.raises(UserError, match=r"AudioSet v1 is not on this machine; run `aacbench fetch audioset"):
        open_dataset(DatasetOptions())


def test_fetching(web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(web.folder)
    monkeypatch.setattr(fetch_module, "URL", f"{web.url}/{{name}}")
    monkeypatch.setattr(fetch_module, "SEGMENTS", dict.fromkeys(segments.FILES, 4))
    monkeypatch.setattr(fetch_module, "LABELS", 3)
    target = fetch_module.fetch(tmp_path / "data")
    assert opened(target).splits == ("development", "validation", "balanced", "unbalanced", "evaluation")
    assert len(web.asked) == 4
    (web.folder / "eval_segments.csv").write_text(table(VIDEOS[:3]))
    (target / "eval_segments.csv").unlink()
    with pytest.raises(AacbenchError, match="3 rows, wanted 4; nothing was kept"):
        fetch_module.fetch(target)
    assert not (target / "eval_segments.csv").exists()
