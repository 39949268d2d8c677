"""The feature cache: what it keeps, when it computes again, and what it survives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from aacbench.audio import cache as cache_module
from aacbench.audio import front_end
from aacbench.audio.cache import FeatureCache
from aacbench.audio.io import Waveform, read
from aacbench.audio.logmel import extract
from aacbench.audio.source import audio_path
from aacbench.errors import UserError
from aacbench.types import Clip

SETTINGS = front_end("panns-16k")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("AACBENCH_HOME", str(home))
    return home


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The audio files that are read from here on."""
    paths: list[Path] = []

    def noting(path: Path, sample_rate: int | None = None) -> Waveform:
        paths.append(path)
        return read(path, sample_rate)

    monkeypatch.setattr(cache_module, "read", noting)
    return paths


def make_clips(folder: Path, count: int = 4, seconds: float = 0.2) -> list[Clip]:
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for number in range(count):
        wave = 0.1 * np.random.default_rng(number).standard_normal(int(seconds * 16000))
        path = folder / f"clip {number}, ü.wav"
        soundfile.write(path, wave, 16000)
        clips.append(Clip(path.name, path))
    return clips


def kept_files(cache: FeatureCache) -> list[Path]:
    return sorted(cache.arrays.folder.rglob("*.npy"))


def test_load_gives_what_extraction_gives(tmp_path: Path, extracted: list[Path]) -> None:
    (clip,) = make_clips(tmp_path / "audio", 1)
    cache = FeatureCache(SETTINGS)
    expected = extract(read(clip.audio, 16000), SETTINGS)
    assert torch.equal(cache.load(clip), expected)
    assert torch.equal(cache.load(clip), expected)
    assert torch.equal(FeatureCache(SETTINGS).load(clip), expected)
    assert extracted == [clip.audio]


def test_second_run_reads_no_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = make_clips(tmp_path / "audio")
    FeatureCache(SETTINGS).prepare(clips, progress=False)

    def forbidden(*_: object) -> None:
        raise AssertionError("audio was read")

    monkeypatch.setattr(cache_module, "read", forbidden)
    monkeypatch.setattr("aacbench.files.content.hashlib.file_digest", forbidden)
    again = FeatureCache(SETTINGS)
    again.prepare(clips, progress=False)
    assert [len(again.load(clip)) for clip in clips] == [SETTINGS.frames(3200)] * 4


def test_settings_are_kept_apart(tmp_path: Path) -> None:
    (clip,) = make_clips(tmp_path / "audio", 1)
    other = front_end("panns-16k", mel_bins=40)
    assert FeatureCache(SETTINGS).load(clip).shape[1] == 64
    assert FeatureCache(other).load(clip).shape[1] == 40


def test_moved_and_copied_audio_is_not_computed_again(tmp_path: Path, extracted: list[Path]) -> None:
    clips = make_clips(tmp_path / "audio")
    FeatureCache(SETTINGS).prepare(clips, progress=False)
    shutil.copytree(tmp_path / "audio", tmp_path / "copy")
    extracted.clear()
    FeatureCache(SETTINGS).prepare([Clip(clip.id, tmp_path / "copy" / clip.id) for clip in clips], progress=False)
    assert extracted == []


def test_changed_audio_is_computed_again(tmp_path: Path) -> None:
    clips = make_clips(tmp_path / "audio")
    cache = FeatureCache(SETTINGS)
    before = cache.load(clips[0])
    status = audio_path(clips[0].audio).stat()
    shutil.copyfile(audio_path(clips[1].audio), audio_path(clips[0].audio))
    os.utime(audio_path(clips[0].audio), ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    after = cache.load(clips[0])
    assert not torch.equal(before, after) and torch.equal(after, cache.load(clips[1]))


@pytest.mark.parametrize("damage", [b"", b"not an array", None])
def test_damaged_file_is_computed_again(damage: bytes | None, tmp_path: Path) -> None:
    (clip,) = make_clips(tmp_path / "audio", 1)
    cache = FeatureCache(SETTINGS)
    expected = cache.load(clip)
    (file,) = kept_files(cache)
    file.write_bytes(file.read_bytes()[:-100] if damage is None else damage)
    assert torch.equal(cache.load(clip), expected)
    assert cache.arrays.get(cache.key(clip)) is not None


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_do_not_change_the_features(workers: int, tmp_path: Path) -> None:
    clips = make_clips(tmp_path / "audio", 7)
    cache = FeatureCache(SETTINGS, tmp_path / "features")
    cache.prepare(clips, progress=False, workers=workers)
    assert len(kept_files(cache)) == 7
    for clip in clips:
        assert torch.equal(cache.load(clip), extract(read(clip.audio, 16000), SETTINGS))


def test_one_thread_a_core_reads_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, 2), (2, 2), (8, 8), (200, 16)):
        monkeypatch.setattr(cache_module, "cores", lambda cores=cores: cores)
        assert cache_module.readers() == threads


def test_threads_that_read_a_batch_compute_on_one_core_and_leave_the_others(tmp_path: Path) -> None:
    """A network's sums on the processor depend on torch's threads, which must be the same before and after."""
    clips = make_clips(tmp_path)
    cache = FeatureCache(SETTINGS)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    cache_module._readers.cache_clear()
    try:
        assert [len(one) for one in cache.load_all(clips)] == [len(cache.load(clip)) for clip in clips]
        assert {cache_module._readers().submit(torch.get_num_threads).result() for _ in range(20)} == {1}
        assert torch.get_num_threads() == 3
        with ThreadPoolExecutor(1) as later:
            assert later.submit(torch.get_num_threads).result() == 3  # nor those of threads to come
    finally:
        torch.set_num_threads(before)
        cache_module._readers.cache_clear()


def test_workers_leave_the_number_of_torch_threads(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    FeatureCache(SETTINGS).prepare(make_clips(tmp_path / "audio", 2), progress=False)
    assert torch.get_num_threads() == before


def test_missing_audio_is_named_before_any_work(tmp_path: Path, extracted: list[Path]) -> None:
    clips = make_clips(tmp_path / "audio", 6)
    FeatureCache(SETTINGS).prepare(clips[:1], progress=False)
    extracted.clear()
    for clip in clips[:5]:
        audio_path(clip.audio).unlink()
    with pytest.raises(UserError, match=r"5 of 6 audio files are missing: .*clip 0, ü\.wav.* and 2 more"):
        FeatureCache(SETTINGS).prepare(clips, progress=False)
    assert extracted == []


def test_unusable_audio_is_reported_after_the_rest_is_done(tmp_path: Path) -> None:
    clips = make_clips(tmp_path / "audio", 6)
    audio_path(clips[1].audio).write_text("no audio")
    soundfile.write(clips[4].audio, np.zeros(0), 16000)
    cache = FeatureCache(SETTINGS)
    with pytest.raises(UserError, match=r"2 of 6 audio files .*clip 1, ü\.wav cannot .*clip 4, ü\.wav holds no"):
        cache.prepare(clips, progress=False)
    assert len(kept_files(cache)) == 4
    with pytest.raises(UserError, match=r"^audio file .*clip 1, ü\.wav cannot be read"):
        cache.prepare(clips[:4], progress=False)


def test_unwritable_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FeatureCache(SETTINGS, tmp_path / "file")
    with pytest.raises(UserError, match="cannot write to the cache folder"):
        cache.prepare(make_clips(tmp_path / "audio", 5), progress=False)


def test_progress_goes_to_standard_error_and_only_where_there_is_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = make_clips(tmp_path / "audio", 2)
    FeatureCache(SETTINGS).prepare(clips)
    shown = capsys.readouterr()
    assert "extracting features" in shown.err and shown.out == ""
    FeatureCache(SETTINGS).prepare(clips)
    assert capsys.readouterr().err == ""


PREPARE = """
import sys
from pathlib import Path
from aacbench.audio import front_end
from aacbench.audio.cache import FeatureCache
from aacbench.types import Clip
clips = [Clip(path.name, path) for path in sorted(Path(sys.argv[1]).glob("*.wav"))]
FeatureCache(front_end("panns-16k")).prepare(clips, progress=False, workers=2)
"""


def preparing(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PREPARE, str(folder)])


@pytest.mark.slow
def test_killed_run_keeps_what_was_done(tmp_path: Path, extracted: list[Path]) -> None:
    clips = make_clips(tmp_path / "audio", 150, seconds=2.0)
    cache = FeatureCache(SETTINGS)
    process = preparing(tmp_path / "audio")
    while len(kept_files(cache)) < 5 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = len(kept_files(cache))
    assert 5 <= done < len(clips), "the run ended before it could be killed"
    cache.prepare(clips, progress=False)
    assert len(extracted) == len(clips) - done
    for clip in clips[:: len(clips) // 5]:
        assert torch.equal(cache.load(clip), extract(read(clip.audio, 16000), SETTINGS))


@pytest.mark.slow
def test_two_processes_share_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = make_clips(tmp_path / "audio", 30, seconds=1.0)
    processes = [preparing(tmp_path / "audio") for _ in range(2)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    expected = [extract(read(clip.audio, 16000), SETTINGS) for clip in clips]

    def forbidden(*_: object) -> None:
        raise AssertionError("audio was read")

    monkeypatch.setattr(cache_module, "read", forbidden)
    cache = FeatureCache(SETTINGS)
    assert all(torch.equal(cache.load(clip), features) for clip, features in zip(clips, expected, strict=True))
    assert len(kept_files(cache)) == 30
    assert [path for path in cache.arrays.folder.rglob("*.part")] == []
