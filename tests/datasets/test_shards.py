"""Clips in tar shards: packed, found, read in place, and the same to a run as the files that they came from."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.audio.source import ShardMember, audio_key
from aacbench.contracts import DatasetOptions
from aacbench.datasets.audiocaps.dataset import open_dataset as open_audiocaps
from aacbench.datasets.check import check
from aacbench.datasets.csv_folder.dataset import CsvFolder, open_captions, open_labels
from aacbench.datasets.fingerprint import fingerprint
from aacbench.datasets.pack import pack
from aacbench.errors import UserError

TABLE = "file_name,caption_1,caption_2,split,source\n" + "".join(
    f'{n}.b.flac,"A dog, then {n}",Rain é,{split},src{n}\n'
    for n, split in enumerate(["train", "train", "train", "val", "test"])
)
Tarred = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_cache(own_home: Path) -> None:
    """A cache of each test's own."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Own data: five clips with a table."""
    path = tmp_path / "files"
    path.mkdir()
    rng = np.random.default_rng(0)
    for number in range(5):
        soundfile.write(path / f"{number}.b.flac", rng.uniform(-0.5, 0.5, 8000), 16000)
    (path / "a.csv").write_text(TABLE, encoding="utf-8")
    return path


def opened(folder: Path) -> CsvFolder:
    return open_captions(DatasetOptions(folder))


def test_packed_clips_are_the_files_clips(folder: Path, tmp_path: Path) -> None:
    dataset = opened(folder)
    shards = pack(dataset, tmp_path / "shards", clips_a_shard=2)
    assert [path.name for path in shards] == [
        "development-00000.tar", "development-00001.tar", "validation-00000.tar", "evaluation-00000.tar"
    ]  # fmt: skip
    packed = opened(tmp_path / "shards")
    assert packed.splits == dataset.splits
    for split in dataset.splits:
        files, members = dataset.clips(split), packed.clips(split)
        assert fingerprint(members) == fingerprint(files)
        for file, member in zip(files, members, strict=True):
            assert isinstance(member.audio, ShardMember)
            assert (member.id, member.captions, member.source) == (file.id, file.captions, file.source)
            assert audio_key(member.audio) == audio_key(file.audio)
    again = pack(dataset, tmp_path / "again", clips_a_shard=2)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in shards]
    with pytest.raises(UserError, match="holds shards already"):
        pack(dataset, tmp_path / "shards")


def test_members_have_the_layout_of_webdataset(folder: Path, tmp_path: Path) -> None:
    pack(opened(folder), tmp_path / "shards")
    with tarfile.open(tmp_path / "shards" / "evaluation-00000.tar") as shard:
        audio, text = shard.getnames()
        known = json.load(shard.extractfile(text) or io.BytesIO())
    assert audio.partition(".")[0] == text.partition(".")[0] and audio.endswith(".flac") and text.endswith(".json")
    assert known == {"id": "4.b.flac", "split": "evaluation", "captions": ["A dog, then 4", "Rain é"], "source": "src4"}


def tar_of(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as shard:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            shard.addfile(member, io.BytesIO(content))
    return path


def test_a_table_beside_shards_names_their_members(folder: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    (shards / "deep").mkdir(parents=True)
    (shards / "a.csv").write_text(TABLE.replace("0.b.flac", "0.b.wav"), encoding="utf-8")
    tar_of(shards / "deep" / "x.tar", {path.name: path.read_bytes() for path in folder.glob("*.flac")})
    found, files = opened(shards), opened(folder)
    for split in files.splits:
        assert [audio_key(clip.audio) for clip in found.clips(split)] == [
            audio_key(clip.audio) for clip in files.clips(split)
        ]
    assert any("'0.b.wav' is '0.b.flac'" in note for note in found.notes())


def test_audiocaps_finds_its_clips_in_shards(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "audiocaps"
    data.mkdir()
    (data / "test.csv").write_text(
        "audiocap_id,youtube_id,start_time,caption\n1,abcdefghij1,30,A dog\n2,-bcdefghij2,0,Rain\n"
    )
    content = (folder / "0.b.flac").read_bytes()
    tar_of(data / "0.tar", {"Yabcdefghij1.flac": content, "sub/-bcdefghij2_0.flac": content, "x.json": b"{}"})
    clips = open_audiocaps(DatasetOptions(data)).clips("evaluation")
    assert [clip.id for clip in clips] == ["abcdefghij1_30", "-bcdefghij2_0"]
    assert all(isinstance(clip.audio, ShardMember) for clip in clips)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[1]", "no JSON object"),
        (b"{", "is no JSON"),
        (b'{"captions": [3]}', "captions of"),
        (b'{"split": 3, "text": "a"}', "the split of"),
        (b'{"id": ["a"]}', "the id of"),
        (b'{"text": "a", "split": "other"}', "has the split 'other'"),
        (b'{"tags": ["dog"]}', "captions"),
        (None, "no clip in its shards has a JSON"),
    ],
)
def test_shards_that_are_no_dataset(text: bytes | None, message: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    files = {"a.flac": (folder / "0.b.flac").read_bytes()} | ({"a.json": text} if text is not None else {})
    tar_of(tmp_path / "s" / "a.tar", files)
    if text == b'{"tags": ["dog"]}':
        assert opened_labels(tmp_path / "s")
        return
    with pytest.raises(UserError, match=message):
        opened(tmp_path / "s").clips("development")


def opened_labels(folder: Path) -> bool:
    dataset = open_labels(DatasetOptions(folder))
    return [clip.tags for split in dataset.splits for clip in dataset.clips(split)] == [("dog",)]


def test_check_says_what_is_odd(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    tone = 0.5 * np.sin(np.arange(8000) / 5)
    made = {"ok": tone, "again": tone, "silent": np.zeros(8000), "loud": np.sign(tone), "test": tone}
    for name, samples in made.items():
        soundfile.write(folder / f"{name}.wav", samples, 8000)
    rows = [
        "ok.wav,A dog barks,train", "ok.wav,A dog barks,train", "again.wav,See http://a.b,train",
        "silent.wav,<b>Rain</b>,train", f"loud.wav,{'word ' * 50},train", "test.wav,Dog 3,test",
    ]  # fmt: skip
    (folder / "a.csv").write_text("file_name,caption,split\n" + "\n".join(rows) + "\n")
    report = check(open_captions(DatasetOptions(folder)))
    split = report["splits"]["development"]
    assert split["problems"] == {
        "silent": ["silent.wav"], "clipped": ["loud.wav"], "same audio twice": ["again.wav"],
        "addresses": ["again.wav"], "markup": ["silent.wav"], "same caption twice": ["ok.wav"],
        "very long captions": ["loud.wav"],
    }  # fmt: skip
    assert (split["clips"], split["captions"], split["seconds"], split["rates"]) == (4, 5, 4.0, {8000: 4})
    assert report["splits"]["evaluation"]["problems"] == {"numbers": ["test.wav"]}
    assert report["leaks"] == [
        "the same audio, byte for byte, is in development ('ok.wav', 'again.wav') and evaluation ('test.wav')"
    ]
    json.dumps(report)


def test_commands(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from aacbench.cli import cli

    cli.main(
        ["data", "pack", "csv-captions", "--data-dir", str(folder), "--to", str(tmp_path / "s")], standalone_mode=False
    )
    assert "3 shards are in" in capsys.readouterr().out
    cli.main(["data", "check", "csv-captions", "--data-dir", str(tmp_path / "s"), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["splits"]["development"]["clips"] == 3
    cli.main(["data", "check", "csv-captions", "--data-dir", str(tmp_path / "s")], standalone_mode=False)
    assert "16000 Hz: 3" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_from_files_and_one_from_shards_predict_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    from aacbench.host import manager
    from aacbench.runs.execute import RunRequest, run

    pack(opened(folder), tmp_path / "shards", clips_a_shard=2)
    registries = manager.load().registries
    written = []
    for data in (folder, tmp_path / "shards"):
        output = tmp_path / "runs" / data.name
        how = DatasetOptions(data)
        request = RunRequest("nearest", "csv-captions", options=how, output=output, metrics=["bleu"])
        _, place = run(request, registries)
        written.append((place / "predictions.csv").read_bytes())
    assert written[0] == written[1]


@pytest.mark.slow
def test_a_network_trained_from_files_and_one_from_shards_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aacbench.host import manager
    from aacbench.runs.execute import RunRequest, run

    files, rng = tmp_path / "files", np.random.default_rng(0)
    files.mkdir()
    lines = ["file_name,caption,split"]
    for number in range(16):
        pitch, time = (220, 880, 3520)[number % 3], np.arange(8000) / 16000
        sound = 0.3 * np.sin(2 * np.pi * pitch * time) + 0.01 * rng.standard_normal(8000)
        soundfile.write(files / f"{number}.flac", sound, 16000)
        split = "test" if number > 11 else "val" if number > 9 else "train"
        lines.append(f"{number}.flac,a {('low', 'middle', 'high')[number % 3]} tone sounds {number},{split}")
    (files / "captions.csv").write_text("\n".join(lines), encoding="utf-8")
    pack(opened(files), tmp_path / "shards", clips_a_shard=3)
    written = []
    for data in (files, tmp_path / "shards"):
        monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "homes" / data.name))  # nothing of one is found by the other
        request = RunRequest(
            "seq2seq",
            "csv-captions",
            preset="smoke",
            changes={"pretraining": None},
            options=DatasetOptions(data),
            output=tmp_path / "runs" / data.name,
            metrics=["bleu"],
            device="cpu",
        )
        record, place = run(request, manager.load().registries)
        weights = next(place.glob("*cross-entropy/best.safetensors")).read_bytes()
        written.append(((place / "predictions.csv").read_bytes(), weights, record.data.fingerprints, record.scores))
    assert len(written[0][0].splitlines()) == 1 + 4
    assert written[0][0] == written[1][0]
    assert written[0][2:] == written[1][2:]
    assert written[0][1] == written[1][1]
