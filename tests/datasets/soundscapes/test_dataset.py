"""The dataset on disk: made on first use, repaired, resumed, the same however it is made."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.audio.source import audio_path
from aacbench.contracts import Dataset, DatasetOptions
from aacbench.datasets.soundscapes import Soundscapes, SoundscapesSettings, from_options
from aacbench.datasets.soundscapes.dataset import describe
from aacbench.datasets.soundscapes.generate import clip_path, missing, write_clips
from aacbench.datasets.soundscapes.render import render
from aacbench.errors import AacbenchError, UserError

TINY = SoundscapesSettings.preset("tiny")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Soundscapes:
    dataset = Soundscapes(TINY, tmp_path_factory.mktemp("soundscapes"))
    dataset.clips("validation")
    return dataset


def test_clips(tiny: Soundscapes) -> None:
    assert isinstance(tiny, Dataset)
    clips = tiny.clips("validation")
    assert [clip.id for clip in clips] == [f"validation-{number:04d}.wav" for number in range(1, 9)]
    for index, clip in enumerate(clips):
        known = describe(TINY, "validation", index)
        assert clip.captions == tuple(reference.text for reference in known.references)
        assert clip.tags == tuple(event.label for event in clip.events)
        assert clip.scene == known.composition.scene
        samples, rate = soundfile.read(clip.audio, dtype="int16")
        assert rate == 16_000 and samples.ndim == 1
        assert np.array_equal(samples, render(TINY, "validation", index))
        assert all(0 <= event.onset < event.offset <= len(samples) / rate for event in clip.events)


def test_nothing_is_made_twice_and_damage_is_repaired(tiny: Soundscapes) -> None:
    first, second, third = (audio_path(clip.audio) for clip in tiny.clips("validation")[:3])
    whole = second.read_bytes()
    stamp = third.stat().st_mtime_ns
    first.unlink()
    second.write_bytes(whole[:-100])
    assert missing(TINY, tiny.folder, "validation") == [0, 1]
    tiny.clips("validation")
    assert missing(TINY, tiny.folder, "validation") == []
    assert second.read_bytes() == whole and third.stat().st_mtime_ns == stamp


def test_presets_share_clips_and_seeds_do_not(tiny: Soundscapes, tmp_path: Path) -> None:
    small = Soundscapes(SoundscapesSettings(), tmp_path)
    assert small.folder.name == tiny.folder.name
    assert Soundscapes(SoundscapesSettings(seed=1), tmp_path).folder != small.folder
    assert Soundscapes(SoundscapesSettings(max_seconds=9.0), tmp_path).folder != small.folder


def test_default_folder_is_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    assert Soundscapes(TINY).folder.parent == tmp_path / "datasets" / "soundscapes"


def test_workers_write_what_one_process_writes(tmp_path: Path) -> None:
    indices = list(range(30))
    for workers in (1, 2):
        finished: list[int] = []
        write_clips(
            SoundscapesSettings(),
            tmp_path / str(workers),
            "development",
            indices,
            partial(finished.append, 1),
            workers,
        )
        assert len(finished) == 30
    for index in indices:
        alone, shared = (clip_path(tmp_path / name, "development", index).read_bytes() for name in ("1", "2"))
        assert alone == shared


def test_a_worker_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "development").write_text("in the way")
    with pytest.raises(AacbenchError, match=r"worker that renders soundscapes failed: .*development"):
        write_clips(SoundscapesSettings(), tmp_path, "development", range(30), lambda: None, workers=2)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write soundscapes clips"):
        Soundscapes(TINY, tmp_path / "file").clips("evaluation")


def test_mistakes_are_named() -> None:
    with pytest.raises(UserError, match=r"unknown soundscapes split 'evaluatoin'.*'evaluation'"):
        Soundscapes(TINY).clips("evaluatoin")
    with pytest.raises(UserError, match="unknown soundscapes preset 'smal'"):
        SoundscapesSettings.preset("smal")
    with pytest.raises(UserError, match="seed wants a whole number"):
        SoundscapesSettings(seed=-1)
    with pytest.raises(UserError, match="min_seconds <= max_seconds"):
        SoundscapesSettings(min_seconds=6.0, max_seconds=5.0)
    with pytest.raises(UserError, match="has clips 0 to 7, got index 8"):
        describe(TINY, "evaluation", 8)


def test_options() -> None:
    dataset = from_options(DatasetOptions(settings={"preset": "tiny", "seed": "3", "max_seconds": "5"}))
    assert dataset.settings == SoundscapesSettings(3, 24, 8, 8, 4.0, 5.0)
    assert from_options(DatasetOptions()).settings == SoundscapesSettings(0, 800, 100, 200)
    with pytest.raises(UserError, match="unknown soundscapes version '9'"):
        from_options(DatasetOptions(version="9"))
    with pytest.raises(UserError, match="unknown soundscapes setting 'sed'"):
        from_options(DatasetOptions(settings={"sed": "3"}))
    with pytest.raises(UserError, match="seed wants a whole number, got 'x'"):
        from_options(DatasetOptions(settings={"seed": "x"}))


def test_no_torch_is_imported() -> None:
    banned = "('torch', 'pandas', 'scipy')"
    code = f"import sys, aacbench.datasets.soundscapes as _; sys.exit(any(n in sys.modules for n in {banned}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_foreign_folder_is_not_filled(tmp_path: Path) -> None:
    """Files of someone else's are there: nothing is written, and an empty folder or one of soundscapes is used."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "thesis.txt").write_text("mine")
    options = {"preset": "tiny", "development": "2", "validation": "1", "evaluation": "1"}
    with pytest.raises(UserError, match=r"holds other files \('thesis\.txt'\); soundscapes are generated"):
        from_options(DatasetOptions(own, settings=options))
    assert [path.name for path in own.iterdir()] == ["thesis.txt"]
    empty = tmp_path / "empty"
    for _ in range(2):
        clips = from_options(DatasetOptions(empty, settings=options)).clips("evaluation")
        assert len(clips) == 1 and Path(str(clips[0].audio)).is_relative_to(empty)
