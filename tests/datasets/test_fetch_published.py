"""Captions of the web: made samples in the published layouts, served on this machine, fetched, opened, and broken."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from aacbench.audio.source import ShardMember, audio_key
from aacbench.cli.fetch import fetch
from aacbench.contracts import Dataset, DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.datasets.audiosetcaps import fetch as audiosetcaps
from aacbench.datasets.audiosetcaps.dataset import SOURCES
from aacbench.datasets.auto_acd import fetch as auto_acd
from aacbench.datasets.musiccaps import fetch as musiccaps
from aacbench.datasets.pack import pack
from aacbench.datasets.shared.captioned import video_entry
from aacbench.datasets.sounddescs import fetch as sounddescs
from aacbench.datasets.wavcaps import fetch as wavcaps
from aacbench.errors import AacbenchError, UserError
from aacbench.files.download.network import HUB
from aacbench.host import manager

MakeAudio = Callable[..., None]
VIDEOS = [f"Ybcdefgh_{number}-" for number in range(8)]  # ids that begin with the letter that files are marked by


def table(header: str, *rows: tuple[object, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header.split(","), *rows])
    return text.getvalue().encode()


def of_wavcaps() -> dict[str, bytes]:
    sources = {
        "AudioSet_SL/as": [{"id": f"Y{video}.wav", "caption": "A dog barks.", "duration": 10.0} for video in VIDEOS],
        "FreeSound/fsd": [{"id": str(number), "caption": "Rain falls.", "tags": ["rain"]} for number in range(8)],
        "BBC_Sound_Effects/bbc": [{"id": f"NHU0{number}", "caption": "Wind blows."} for number in range(8)],
        "SoundBible/sb": [{"id": str(number), "caption": "A bell rings."} for number in range(8)],
    }
    files: dict[str, Any] = {
        f"{name}_final.json": {"num_captions_per_audio": 1, "data": rows} if "sb" not in name else rows
        for name, rows in sources.items()
    }
    for name, ids in (("all_ac", [0, 1]), ("test_ac", [0]), ("ub8k_esc50_vggsound", [2])):
        black = {"AudioSet": [f"Y{VIDEOS[n]}.wav" for n in ids], "FreeSound": [str(n) for n in ids]}
        files[f"blacklist/blacklist_exclude_{name}.json"] = black
    return {f"json_files/{name}": json.dumps(content).encode() for name, content in files.items()}


def of_audiosetcaps() -> dict[str, bytes]:
    rows = {
        "AudioSetCaps": [f"Y{video}" for video in VIDEOS],
        "VGGSound_AudioSetCaps": [f"{video}_000030" for video in VIDEOS],
        "YouTube-8M_AudioSetCaps": [f"{video}_84_10" for video in VIDEOS],
    }
    return {
        f"Dataset/{name}_caption.csv": table("id,caption", *((one, "A dog, and \"rain\"") for one in ids))
        for name, ids in rows.items()
    }  # fmt: skip


def of_auto_acd() -> dict[str, bytes]:
    parts = {"train": VIDEOS[:6], "test": VIDEOS[6:]}
    return {f"{part}.csv": table("youtube_id,caption", *((v, "Rain") for v in ids)) for part, ids in parts.items()}


def of_musiccaps() -> dict[str, bytes]:
    header = (
        "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,is_balanced_subset,is_audioset_eval"
    )
    rows = [(v, 30, 40, "/m/1", "['a', 'b']", "A slow\nsong", 4, False, v in VIDEOS[6:]) for v in VIDEOS]
    return {"musiccaps-public.csv": table(header, *rows)}


def of_sounddescs() -> dict[str, bytes]:
    ids = {f"NHU0505000{n}" if n % 2 else f"0700010{n}": f"Sound {n}" for n in range(8)}
    names = [name.lower() for name in ids]
    parts = {"train": names[:4], "val": names[4:6], "test": names[6:]}
    lists = {f"data/SoundDescs/{part}_list.txt": "\n".join(listed).encode() for part, listed in parts.items()}
    return {"sounddescs_data/descriptions.pkl": pickle.dumps(ids), **lists}


CLIPS = {
    "wavcaps": [
        *(f"as/Y{v}.flac" for v in VIDEOS),
        *(f"{source}_flac/{n}.flac" for source in ("FreeSound", "SoundBible") for n in range(8)),
        *(f"NHU0{n}.flac" for n in range(8)),
    ],
    "audiosetcaps": [f"Y{video}.wav" for video in VIDEOS],
    "auto-acd": [f"{video}.wav" for video in VIDEOS],
    "musiccaps": [f"{video}_30_40.wav" for video in VIDEOS],
    "sounddescs": [f"NHU0505000{n}.wav" if n % 2 else f"0700010{n}.wav" for n in range(8)],
}
SAMPLES: dict[str, Callable[[], dict[str, bytes]]] = {
    "wavcaps": of_wavcaps,
    "audiosetcaps": of_audiosetcaps,
    "auto-acd": of_auto_acd,
    "musiccaps": of_musiccaps,
    "sounddescs": of_sounddescs,
}


def sums(files: Mapping[str, bytes], path: str) -> tuple[str, int]:
    return hashlib.sha256(files[path]).hexdigest(), len(files[path])


@pytest.fixture
def published(web: Any, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> dict[str, dict[str, bytes]]:
    """All samples, where their servers have them, with the checksums of the made files where one is published."""
    made = {name: sample() for name, sample in SAMPLES.items()}
    places = {
        "wavcaps": f"datasets/{wavcaps.REPO}/resolve/{wavcaps.COMMIT}",
        "audiosetcaps": f"datasets/{audiosetcaps.REPO}/resolve/{audiosetcaps.COMMIT}",
        "auto-acd": f"datasets/{auto_acd.REPO}/resolve/{auto_acd.COMMIT}",
        "musiccaps": f"datasets/{musiccaps.REPO}/resolve/{musiccaps.COMMIT}",
        "sounddescs": "raw",
    }
    for name, files in made.items():
        for path, content in files.items():
            place = web.folder / places[name] / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    monkeypatch.setenv("HF_ENDPOINT", web.url)
    monkeypatch.setattr(sounddescs, "URL", f"{web.url}/raw/{{path}}")
    monkeypatch.setattr(wavcaps, "SUMS", {wavcaps.FREESOUND: sums(made["wavcaps"], wavcaps.FREESOUND)})
    monkeypatch.setattr(musiccaps, "SHA256", sums(made["musiccaps"], "musiccaps-public.csv")[0])
    monkeypatch.setattr(musiccaps, "SIZE", sums(made["musiccaps"], "musiccaps-public.csv")[1])
    monkeypatch.setitem(auto_acd.FILES, "train.csv", (9, sums(made["auto-acd"], "train.csv")[0]))
    for source in ("audioset", "youtube-8m"):
        path = f"Dataset/{SOURCES[source]}"
        monkeypatch.setitem(audiosetcaps.FILES, source, (9, sums(made["audiosetcaps"], path)[0]))
    return made


@pytest.fixture(scope="module")
def registries() -> Registries:
    return manager.load([]).registries


def ids(dataset: Dataset, *splits: str) -> set[str]:
    return {clip.id for split in splits or dataset.splits for clip in dataset.clips(split)}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.usefixtures("published")
def test_fetched_and_opened(
    name: str, web: Any, tmp_path: Path, own_home: Path, make_audio: MakeAudio, registries: Registries
) -> None:
    result = CliRunner().invoke(fetch, [name])
    assert result.exit_code == 0, result.exception
    version = registries.datasets[name].versions[0]
    folder = own_home / "datasets" / name / version
    assert result.stdout == f"{name} is in {folder}\n"
    assert f"licence: {registries.datasets[name].licence}" in result.stderr
    assert "the clips are yours to bring (" in result.stderr and "--data-dir" in result.stderr
    asked = len(web.asked)
    assert asked == sum(1 for path in folder.rglob("*") if path.is_file())
    assert CliRunner().invoke(fetch, [name]).exit_code == 0
    assert len(web.asked) == asked  # what is there is not fetched again
    make_audio(tmp_path / "clips", *CLIPS[name])
    dataset = registries.dataset(name, DatasetOptions(tmp_path / "clips"))  # clips alone: the captions are the fetched
    assert len(ids(dataset)) == {"wavcaps": 26}.get(name, 8)
    assert all(len(clip.captions) == 1 for clip in dataset.clips("development"))


def check_packed(name: str, clips: Path, folder: Path, registries: Registries, **settings: str) -> None:
    """`data pack`, then the same dataset over the shards alone: the same clips, each with its own audio."""
    files = registries.dataset(name, DatasetOptions(clips))
    pack(files, folder)
    packed = registries.dataset(name, DatasetOptions(folder, settings=settings))
    for split in files.splits:
        both = [*zip(packed.clips(split), files.clips(split), strict=True)]
        assert all(replace(one, audio=Path()) == replace(other, audio=Path()) for one, other in both)
        assert all(audio_key(one.audio) == audio_key(other.audio) for one, other in both)
        assert all(isinstance(one.audio, ShardMember) for one, _ in both)
    keys = [audio_key(clip.audio) for split in files.splits for clip in files.clips(split)]
    assert len(keys) == len({*keys}) > 1


def different_audio(folder: Path, *names: str) -> None:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.full(800, number / 100), 8000)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.usefixtures("published")
def test_packed_clips_are_the_same(name: str, tmp_path: Path, registries: Registries) -> None:
    assert CliRunner().invoke(fetch, [name]).exit_code == 0
    different_audio(tmp_path / "clips", *CLIPS[name])
    check_packed(name, tmp_path / "clips", tmp_path / "shards", registries)


@pytest.mark.usefixtures("own_home")
def test_packed_clips_of_audiocaps_are_the_same(tmp_path: Path, registries: Registries) -> None:
    different_audio(tmp_path / "a", *(f"{video}.flac" for video in VIDEOS))
    rows = [(number, video, 30, "A dog") for number, video in enumerate(VIDEOS)]
    (tmp_path / "a" / "test.csv").write_bytes(table("audiocap_id,youtube_id,start_time,caption", *rows))
    (tmp_path / "shards").mkdir()
    shutil.copyfile(tmp_path / "a" / "test.csv", tmp_path / "shards" / "test.csv")
    check_packed("audiocaps", tmp_path / "a", tmp_path / "shards", registries)


@pytest.mark.usefixtures("published")
def test_wavcaps_leaves_out_by_source(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    assert CliRunner().invoke(fetch, ["wavcaps"]).exit_code == 0
    make_audio(tmp_path / "c", *(name for name in CLIPS["wavcaps"] if "SoundBible" not in name))
    options = DatasetOptions(tmp_path / "c", settings={"sources": "as,fsd,bbc"})
    safe = registries.dataset("wavcaps", options)
    assert ids(safe) == {
        *(f"as/Y{video}" for video in VIDEOS[3:]),
        *(f"fsd/{n}" for n in range(3, 8)),
        *(f"bbc/NHU0{n}" for n in range(8)),
    }
    assert any(note.startswith("6 clips of the evaluation sets") for note in getattr(safe, "notes")())  # noqa: B009
    everything = registries.dataset("wavcaps", DatasetOptions(tmp_path / "c", "all"))  # the same files serve
    assert len(ids(everything)) == 24  # SoundBible's clips are called like Freesound's, and are not there
    make_audio(tmp_path / "c", *(f"SoundBible_flac/{n}.flac" for n in range(8)))
    everything = registries.dataset("wavcaps", DatasetOptions(tmp_path / "c", "all"))
    clips = {clip.id: clip for split in everything.splits for clip in everything.clips(split)}
    assert len(clips) == 32
    assert "FreeSound_flac" in str(clips["fsd/3"].audio) and "SoundBible_flac" in str(clips["sb/3"].audio)
    small = registries.dataset("wavcaps", DatasetOptions(tmp_path / "c", settings={"sources": "sb"}))
    assert ids(small) == {f"sb/{n}" for n in range(8)}  # their numbers stand in the list of Freesound's
    assert {clip.source for clip in small.clips("development")} <= {f"soundbible {n}" for n in range(8)}


@pytest.mark.usefixtures("published")
def test_sources_of_audiosetcaps(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    assert CliRunner().invoke(fetch, ["audiosetcaps", "--data-dir", str(tmp_path / "t")]).exit_code == 0
    make_audio(tmp_path / "t" / "clips", *(f"{video}_000030.wav" for video in VIDEOS))
    settings = {"sources": "audioset,vggsound"}
    both = registries.dataset("audiosetcaps", DatasetOptions(tmp_path / "t", settings=settings))
    assert ids(both) == {f"{video}_000030" for video in VIDEOS}  # AudioSet's clips are not there
    assert {clip.source for split in both.splits for clip in both.clips(split)} == set(VIDEOS)
    with pytest.raises(UserError, match="unknown source of audiosetcaps 'vgg'"):
        registries.dataset("audiosetcaps", DatasetOptions(tmp_path / "t", settings={"sources": "vgg"}))


@pytest.mark.usefixtures("published")
def test_splits_of_sounddescs_whatever_the_case(tmp_path: Path, make_audio: MakeAudio, registries: Registries) -> None:
    assert CliRunner().invoke(fetch, ["sounddescs"]).exit_code == 0
    make_audio(tmp_path, *(name.lower() for name in CLIPS["sounddescs"]))  # as the authors' script renames them
    dataset = registries.dataset("sounddescs", DatasetOptions(tmp_path))
    assert ids(dataset, "evaluation") == {"07000106", "NHU05050007"}
    assert ids(dataset, "validation") == {"07000104", "NHU05050005"}
    assert {clip.source for clip in dataset.clips("evaluation")} == {"bbc 07000106", "bbc NHU05050007"}


@pytest.mark.parametrize(
    ("name", "path", "content", "message"),
    [
        ("wavcaps", "json_files/FreeSound/fsd_final.json", b"[]", "sha256|bytes"),
        ("wavcaps", "json_files/SoundBible/sb_final.json", b"[]", "it holds no clip"),
        ("wavcaps", "json_files/blacklist/blacklist_exclude_test_ac.json", b'{"AudioSet": []}', "it holds no clip"),
        ("audiosetcaps", "Dataset/AudioSetCaps_caption.csv", b"id,caption\nYa,b\n", "sha256"),
        ("audiosetcaps", "Dataset/VGGSound_AudioSetCaps_caption.csv", b"name,text\na,b\n", "lacks one of"),
        ("auto-acd", "test.csv", b"youtube_id,caption\nabcdefghijk\n", "line 2: wanted 2 cells"),
        ("auto-acd", "test.csv", b"youtube_id,caption\n\xff\xfe,b\n", "cannot be read as a table"),
        ("musiccaps", "musiccaps-public.csv", b"ytid,caption\n", "bytes"),
        ("sounddescs", "sounddescs_data/descriptions.pkl", pickle.dumps(["a"]), "no descriptions by id"),
        ("sounddescs", "sounddescs_data/descriptions.pkl", pickle.dumps({"a": 3}), "something else than descriptions"),
        ("sounddescs", "sounddescs_data/descriptions.pkl", pickle.dumps(Path("a")), "only plain containers"),
        ("sounddescs", "data/SoundDescs/val_list.txt", b" \n", "it holds no clip"),
    ],
)
def test_another_file_is_not_kept(
    name: str, path: str, content: bytes, message: str, published: dict[str, Any], web: Any, tmp_path: Path
) -> None:
    (place,) = [place for place in web.folder.rglob(Path(path).name) if place.read_bytes() == published[name][path]]
    place.write_bytes(content)
    result = CliRunner().invoke(fetch, [name, "--data-dir", str(tmp_path / "t")])
    assert isinstance(result.exception, (AacbenchError, UserError))
    with pytest.raises(type(result.exception), match=message):
        raise result.exception
    kept = {one.relative_to(tmp_path / "t").as_posix() for one in (tmp_path / "t").rglob("*") if one.is_file()}
    assert path not in kept and Path(path).name not in kept


@pytest.mark.parametrize("module", [wavcaps, audiosetcaps, auto_acd, musiccaps])
def test_addresses_are_of_one_commit(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    for file in module.files():
        assert file.url.startswith(f"{HUB}/datasets/{module.REPO}/resolve/{module.COMMIT}/")
        assert len(module.COMMIT) == 40
        assert file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32
    assert module.download_size() == sum(file.expected for file in module.files())


@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("Yabcdefghij", "Yabcdefghij"),
        ("YYabcdefghij", "Yabcdefghij"),
        ("Yabcdefghij_30", "Yabcdefghij"),
        ("Yabcdefghij_30_40", "Yabcdefghij"),
        ("Y-abcdefghij_30.000", "-abcdefghij"),
        ("abcdefghij__30", "abcdefghij_"),
        ("audio/abcdefghijk_000030.wav", "abcdefghijk"),
    ],
)
def test_whose_clip_a_name_is(name: str, video: str) -> None:
    assert video_entry(name, "A dog").source == video


@pytest.mark.usefixtures("published")
def test_a_mix_leaves_out_what_others_evaluate_with(tmp_path: Path, registries: Registries) -> None:
    """Clips of AudioCaps' test videos, in whatever set of captions; how many is said."""
    for name in SAMPLES:
        assert CliRunner().invoke(fetch, [name]).exit_code == 0
        different_audio(tmp_path / name, *CLIPS[name])
    different_audio(tmp_path / "audiocaps", *(f"{video}.flac" for video in VIDEOS[:5]))
    for split, videos in (("test", VIDEOS[:3]), ("train", VIDEOS[3:5])):
        rows = [(number, video, 30, "A dog") for number, video in enumerate(videos)]
        written = table("audiocap_id,youtube_id,start_time,caption", *rows)
        (tmp_path / "audiocaps" / f"{split}.csv").write_bytes(written)
    parts = ["audiocaps", *SAMPLES]
    settings = {
        "parts": ",".join(parts),
        "wavcaps.version": "all",
        **{f"{name}.data-dir": str(tmp_path / name) for name in parts},
    }
    mixed = registries.dataset("mix", DatasetOptions(settings=settings))
    training = {clip.source for clip in mixed.clips("development")}
    assert not training & set(VIDEOS[:3])
    assert not training & {clip.source for clip in mixed.clips("evaluation")}
    notes = [note for note in getattr(mixed, "notes")() if "left out, of recordings" in note]  # noqa: B009
    assert {note.partition(" ")[0] for note in notes} >= {"wavcaps", "audiosetcaps", "auto-acd", "musiccaps"}
