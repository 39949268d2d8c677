"""Published tables of captions with whichever clips there are: made samples in the published layouts."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.audio.source import ShardMember, audio_key
from aacbench.contracts import Dataset, DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.host import manager

MakeAudio = Callable[..., None]
VIDEOS = [f"abcdefghij{number}" for number in range(6)]


@pytest.fixture(autouse=True)
def own_cache(own_home: Path) -> None:
    """A cache of each test's own."""


@pytest.fixture(scope="module")
def registries() -> Registries:
    return manager.load([]).registries


def ids(dataset: Dataset) -> set[str]:
    return {clip.id for split in dataset.splits for clip in dataset.clips(split)}


def wavcaps(folder: Path, blacklist: Sequence[str] | None = None) -> Path:
    rows = {
        "AudioSet_SL/as": [{"id": f"Y{video}.wav", "caption": f"A dog {video}.", "duration": 10} for video in VIDEOS],
        "FreeSound/fsd": [{"id": str(number), "caption": "Rain.", "href": "x"} for number in range(6)],
        "BBC_Sound_Effects/bbc": [{"id": f"NHU{number}", "caption": "Wind."} for number in range(6)],
    }
    for name, data in rows.items():
        path = folder / "json_files" / f"{name}_final.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"num_captions_per_audio": 1, "data": data}))
    if blacklist is not None:
        path = folder / "json_files" / "blacklist" / "blacklist_exclude_test_ac.json"
        path.parent.mkdir()
        path.write_text(json.dumps({"FreeSound": list(blacklist[:1]), "AudioSet": list(blacklist[1:])}))
    return folder


def test_wavcaps_leaves_out_what_may_be_others_test_clips(
    tmp_path: Path, make_audio: MakeAudio, registries: Registries
) -> None:
    folder = wavcaps(tmp_path / "w")
    make_audio(folder / "audio", *(f"Y{video}.flac" for video in VIDEOS), *(f"{n}.flac" for n in range(6)))
    make_audio(folder / "audio" / "bbc", *(f"NHU{n}.flac" for n in range(5)))
    safe = registries.dataset("wavcaps", DatasetOptions(folder))
    assert ids(safe) == {f"bbc/NHU{n}" for n in range(5)}
    notes = " ".join(getattr(safe, "notes")())  # noqa: B009
    assert "all of AudioSet_SL, FreeSound is left out" in notes and "of the" in notes
    everything = registries.dataset("wavcaps", DatasetOptions(folder, "all"))
    assert len(ids(everything)) == 17
    clips = {clip.id: clip for split in everything.splits for clip in everything.clips(split)}
    assert clips[f"as/Y{VIDEOS[0]}"].source == VIDEOS[0]
    assert clips["fsd/3"].source == "3" and clips["fsd/3"].captions == ("Rain.",)
    only = registries.dataset("wavcaps", DatasetOptions(folder, "all", {"sources": "fsd"}))
    assert ids(only) == {f"fsd/{n}" for n in range(6)}


def test_wavcaps_goes_by_its_blacklist(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    folder = wavcaps(tmp_path / "w", ["2", f"Y{VIDEOS[1]}.wav"])
    make_audio(folder, *(f"Y{video}.flac" for video in VIDEOS), *(f"{n}.flac" for n in range(6)))
    found = ids(registries.dataset("wavcaps", DatasetOptions(folder, settings={"sources": "as,fsd"})))
    assert len(found) == 10
    assert not found & {"fsd/2", f"as/Y{VIDEOS[1]}"}


def test_wavcaps_in_shards(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    folder = wavcaps(tmp_path / "w")
    make_audio(tmp_path / "away", *(f"NHU{n}.flac" for n in range(6)))
    with tarfile.open(folder / "00.tar", "w") as shard:
        for path in sorted((tmp_path / "away").iterdir()):
            shard.add(path, path.name)
    packed = registries.dataset("wavcaps", DatasetOptions(folder))
    files = registries.dataset("wavcaps", DatasetOptions(folder, settings={"audio": str(tmp_path / "away")}))
    for split in files.splits:
        assert [audio_key(c.audio) for c in packed.clips(split)] == [audio_key(c.audio) for c in files.clips(split)]
        assert all(isinstance(clip.audio, ShardMember) for clip in packed.clips(split))


@pytest.mark.parametrize("text", ["{", "[1]", '{"data": 3}', '{"data": [{"id": 1}]}'])
def test_broken_wavcaps(text: str, tmp_path: Path, registries: Registries) -> None:
    (tmp_path / "bbc_final.json").write_text(text)
    with pytest.raises(UserError, match=r"bbc_final\.json"):
        registries.dataset("wavcaps", DatasetOptions(tmp_path))


TABLES = {
    "audiosetcaps": {
        "AudioSetCaps_caption.csv": "id,caption\n" + "".join(f"Y{video},A dog\n" for video in VIDEOS)
    },
    "auto-acd": {
        "train.csv": "youtube_id,caption\n" + "".join(f"{video}_30,A dog\n" for video in VIDEOS[:4]),
        "test.csv": "youtube_id,caption\n" + "".join(f"{video}_30,A dog\n" for video in VIDEOS[4:]),
    },
    "sounddescs": {
        "descriptions.csv": "id,description\n" + "".join(f"{video},A dog\n" for video in VIDEOS),
        "group_filtered_split01/train_list.txt": "\n".join(VIDEOS[:2]),
        "group_filtered_split01/val_list.txt": VIDEOS[2],
        "group_filtered_split01/test_list.txt": "\n".join(VIDEOS[3:5]),
    },
    "musiccaps": {
        "musiccaps-public.csv": "ytid,start_s,end_s,aspect_list,caption,is_audioset_eval\n"
        + "".join(f"{video},30,40,\"['a', 'b']\",A song,{video > VIDEOS[3]}\n" for video in VIDEOS),
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "sizes"), [("audiosetcaps", 6), ("auto-acd", 6), ("sounddescs", 5), ("musiccaps", 6)])
def test_tables_with_clips(
    name: str, sizes: int, tmp_path: Path, make_audio: MakeAudio, registries: Registries
) -> None:
    for file, text in TABLES[name].items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    make_audio(tmp_path / "clips", *(f"{'Y' if name == 'audiosetcaps' else ''}{video}.wav" for video in VIDEOS))
    dataset = registries.dataset(name, DatasetOptions(tmp_path))
    clips = [clip for split in dataset.splits for clip in dataset.clips(split)]
    assert len({clip.id for clip in clips}) == len(clips) == sizes
    marked = "bbc {}" if name == "sounddescs" else "{}"
    assert {clip.source for clip in clips} <= {
        marked.format(video.upper() if " " in marked else video) for video in VIDEOS
    }
    assert all(len(clip.captions) == 1 for clip in clips)
    if name != "audiosetcaps":
        assert {clip.id[:11] for clip in dataset.clips("evaluation")} == {
            *VIDEOS[3 if name == "sounddescs" else 4 :][:2]
        }
    assert any("of the" in note for note in getattr(dataset, "notes")())  # noqa: B009
    with pytest.raises(UserError, match="no-such-split"):
        dataset.clips("no-such-split")
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="none of its"):
        registries.dataset(name, DatasetOptions(tmp_path, None, {"audio": str(tmp_path / "other")})).clips("evaluation")


@pytest.mark.parametrize("name", ["wavcaps", *TABLES])
def test_what_is_not_there_says_where_to_get_it(name: str, tmp_path: Path, registries: Registries) -> None:
    with pytest.raises(UserError, match=f"run `aacbench fetch {name} --version"):
        registries.dataset(name, DatasetOptions(tmp_path))


def test_audiocaps_with_mended_training_captions(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    header = "audiocap_id,youtube_id,start_time,caption\n"
    (tmp_path / "train.csv").write_text(f"{header}1,{VIDEOS[0]},30,A dgo\n")
    make_audio(tmp_path, f"{VIDEOS[0]}.wav")
    with pytest.raises(UserError, match=r"no train_fixed\.csv"):
        registries.dataset("audiocaps", DatasetOptions(tmp_path, settings={"training": "train_fixed"}))
    (tmp_path / "train_fixed.csv").write_text(f"{header}1,{VIDEOS[0]},30,A dog\n")
    for training, caption in (("train", "A dgo"), ("train_fixed", "A dog")):
        dataset = registries.dataset("audiocaps", DatasetOptions(tmp_path, settings={"training": training}))
        assert dataset.clips("development")[0].captions == (caption,)


def test_clothos_splits_without_captions(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    columns = ",".join(["file_name", *(f"caption_{n}" for n in range(1, 6))])
    (tmp_path / "clotho_captions_evaluation.csv").write_text(f"{columns}\na.wav,1,2,3,4,5\n")
    make_audio(tmp_path / "evaluation", "a.wav")
    make_audio(tmp_path / "clotho_audio_test" / "test", "b.wav", "c.wav")
    make_audio(tmp_path / "analysis", "d.wav")
    dataset = registries.dataset("clotho", DatasetOptions(tmp_path))
    assert dataset.splits == ("evaluation", "dcase-test", "dcase-analysis")
    assert [clip.id for clip in dataset.clips("dcase-test")] == ["b.wav", "c.wav"]
    assert dataset.clips("dcase-analysis")[0].captions == ()
    with pytest.raises(UserError, match="has no dcase-retrieval"):
        dataset.clips("dcase-retrieval")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the library datasets reads, with audio and two captions a clip."""
    pytest.importorskip("datasets")
    import pyarrow
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("hf")
    for split, count in (("train", 3), ("test", 2)):
        rows = []
        for number in range(count):
            stream = io.BytesIO()
            soundfile.write(stream, np.full(800, number / 10), 8000, format="FLAC")
            sound = {"bytes": stream.getvalue(), "path": None}
            rows += [{"sound": sound, "caption": text, "key": f"{split}{number}"} for text in ("A dog", "Rain")]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / f"{split}-0.parquet")
    return folder


@pytest.mark.filterwarnings("ignore")
def test_hugging_face_columns(parquet: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"audio": "sound", "id": "key"}
    dataset = registries.dataset("hf-captions", DatasetOptions(parquet, settings=settings))
    assert dataset.splits == ("development", "evaluation")
    clips = dataset.clips("development")
    assert [(clip.id, clip.captions) for clip in clips] == [(f"train{n}", ("A dog", "Rain")) for n in range(3)]
    streamed = {**settings, "streaming": "true", "limit": "4"}
    few = registries.dataset("hf-captions", DatasetOptions(parquet, settings=streamed)).clips("development")
    assert [clip.id for clip in few] == ["train0", "train1"]
    assert [audio_key(clip.audio) for clip in few] == [audio_key(clip.audio) for clip in clips[:2]]
    with pytest.raises(UserError, match="name one, audio=COLUMN"):
        registries.dataset("hf-captions", DatasetOptions(parquet)).clips("evaluation")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "wants a folder with --data-dir"),
        ({"name": "a/b"}, "say which commit"),
        ({"name": "a/b", "revision": "main"}, "say which commit"),
        ({"name": "a/b", "revision": "0" * 40, "streaming": "true"}, "limit=N"),
        ({"name": "a/b", "revision": "0" * 40}, "cannot load the dataset"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_mistakes_with_hugging_face(
    settings: dict[str, str], message: str, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    with pytest.raises(UserError, match=message):
        registries.dataset("hf-captions", DatasetOptions(settings=settings))
