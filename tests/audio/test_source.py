"""One recording as a file, as a member of a shard and in memory: the same samples, the same key, the same features."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio.cache import FeatureCache
from aacbench.audio.front_ends import front_end
from aacbench.audio.io import info, read
from aacbench.audio.source import (
    AudioBytes,
    AudioFile,
    ShardMember,
    array_audio,
    audio_at,
    audio_key,
    audio_location,
    audio_path,
    audio_source,
    is_missing,
    remembered_audio_key,
)
from aacbench.datasets.fingerprint import fingerprint
from aacbench.errors import UserError
from aacbench.files.tar_members import tar_members
from aacbench.types import Audio, AudioSource, Clip

KINDS = ("path", "file", "shard", "bytes")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))


def tarred(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Audio]:
    """The same FLAC file of every kind."""
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 16000), 16000)
    shard = tarred(tmp_path / "00.tar", [("a.json", b"{}"), ("a.flac", path.read_bytes()), ("b.flac", b"none")])
    member = ShardMember(tar_members(shard)["a.flac"])
    return {"path": path, "file": AudioFile(path), "shard": member, "bytes": AudioBytes("a", path.read_bytes())}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_alike(sources: dict[str, Audio], kind: str) -> None:
    audio, path = sources[kind], audio_path(sources["path"])
    assert isinstance(audio_source(audio), AudioSource)
    assert audio_key(audio) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert np.array_equal(read(audio, 8000), read(path, 8000))
    assert info(audio) == info(path)
    assert pickle.loads(pickle.dumps(audio)) == audio
    assert len({audio, pickle.loads(pickle.dumps(audio))}) == 1
    with audio_source(audio).open() as opened:
        assert opened.read() == path.read_bytes()
        assert opened.seek(0) == 0


def test_features_and_fingerprints_go_by_content(sources: dict[str, Audio], tmp_path: Path) -> None:
    cache = FeatureCache(front_end("panns-16k"))
    clips = [Clip("a", audio, ("a dog",)) for audio in sources.values()]
    cache.prepare(clips, progress=False)
    kept = [path for path in (tmp_path / "home" / "features").rglob("*.npy")]
    assert len(kept) == 1
    assert all(torch.equal(cache.load(clip), cache.load(clips[0])) for clip in clips)
    assert len({fingerprint([clip]) for clip in clips}) == 1


def test_a_shard_is_listed_and_its_members_read_once(
    sources: dict[str, Audio], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = sources["shard"]
    assert remembered_audio_key(member) is None
    key = audio_key(member)
    monkeypatch.setattr("tarfile.open", None)
    monkeypatch.setattr("aacbench.files.file_part.FilePart.read", None)
    again = ShardMember(tar_members(tmp_path / "00.tar")["a.flac"])
    assert again == member
    assert remembered_audio_key(again) == audio_key(again) == key


def test_a_shard_that_is_packed_anew_is_read_anew(sources: dict[str, Audio], tmp_path: Path) -> None:
    key = audio_key(sources["shard"])
    shard = tarred(tmp_path / "00.tar", [("a.flac", b"other bytes")])
    os.utime(shard, ns=(0, 5))
    member = ShardMember(tar_members(shard)["a.flac"])
    assert audio_key(member) == hashlib.sha256(b"other bytes").hexdigest() != key


@pytest.mark.parametrize("kind", ["path", "file", "shard"])
def test_audio_is_found_again_by_its_location(
    sources: dict[str, Audio], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = audio_location(sources[kind])
    monkeypatch.chdir("/")
    assert audio_key(audio_at(place)) == audio_key(sources["path"])
    with pytest.raises(UserError, match="has no member"):
        audio_at(f"{tmp_path}/00.tar::c.flac")


@pytest.mark.parametrize(
    "samples",
    [np.zeros(800), np.linspace(-1, 1, 800).astype(np.float32), np.full((800, 2), -(2**15), np.int16)],
    ids=str,
)
def test_arrays(samples: np.ndarray) -> None:
    audio = array_audio(samples, 8000, "mine")
    wanted = samples if samples.dtype.kind == "f" else samples / 2.0**15
    mono = wanted if wanted.ndim == 1 else wanted.mean(axis=1)
    assert np.allclose(read(audio), mono, atol=1e-7)
    assert info(audio).seconds == 0.1
    assert audio.key == array_audio(samples, 8000, "other").key != array_audio(samples, 16000).key


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 2, 2)), np.array(["a"]), np.zeros(4, complex), None])
def test_what_is_no_samples(samples: np.ndarray) -> None:
    with pytest.raises(UserError, match="mine: wanted samples"):
        array_audio(samples, 8000, "mine")


def test_missing_and_damaged(sources: dict[str, Audio], tmp_path: Path) -> None:
    broken = ShardMember(tar_members(tmp_path / "00.tar")["b.flac"])
    with pytest.raises(UserError, match=r"00\.tar::b\.flac cannot be read"):
        read(broken)
    (tmp_path / "00.tar").unlink()
    (tmp_path / "a.flac").unlink()
    for kind in ("path", "file", "shard"):
        assert is_missing(sources[kind])
        with pytest.raises(UserError, match=r"a\.flac"):
            read(sources[kind])
        with pytest.raises(UserError, match=r"a\.flac"):
            audio_key(sources[kind])
    assert not is_missing(sources["bytes"])
    with pytest.raises(UserError, match=r"1 of 1 audio files are missing"):
        FeatureCache(front_end("panns")).prepare([Clip("a", sources["shard"])], progress=False)
    with pytest.raises(UserError, match="no file of its own"):
        audio_path(sources["shard"])


@pytest.mark.parametrize("damage", ["text", "cut", "gzip", "pipe", "missing", "climbs", "absolute"])
def test_archives_that_are_none(tmp_path: Path, damage: str) -> None:
    names = {"climbs": "../a.wav", "absolute": "/a.wav"}
    shard = tarred(tmp_path / "a.tar", [(names.get(damage, "a.wav"), bytes(20_000))])
    if damage == "text":
        shard.write_text("no archive" * 100)
    elif damage == "cut":
        shard.write_bytes(shard.read_bytes()[:10_000])
    elif damage == "gzip":
        import gzip

        shard.write_bytes(gzip.compress(shard.read_bytes()))
    elif damage in ("pipe", "missing"):
        shard.unlink()
        if damage == "pipe":
            os.mkfifo(shard)
    with pytest.raises(UserError, match=r"a\.tar"):
        tar_members(shard)


def test_only_plain_files_are_members_and_the_last_of_a_name_counts(tmp_path: Path) -> None:
    shard = tarred(tmp_path / "a.tar", [("x/a.wav", b"old"), ("x/b.wav", b"b"), ("x/a.wav", b"new")])
    with tarfile.open(shard, "a") as archive:
        link = tarfile.TarInfo("link.wav")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    members = tar_members(shard)
    assert list(members) == ["x/b.wav", "x/a.wav"]
    assert members["x/a.wav"].read() == b"new"


def test_a_damaged_list_of_members_is_made_again(tmp_path: Path) -> None:
    shard = tarred(tmp_path / "a.tar", [("a.wav", b"content")])
    whole = tar_members(shard)
    (kept,) = (tmp_path / "home" / "shards").rglob("*.json")
    for damage in ("", "[]", "[[1, 2, 3], [[1]]]", kept.read_text().replace("a.wav", "a.wav\\ud800")):
        kept.write_text(damage)
        assert tar_members(shard) == whole
