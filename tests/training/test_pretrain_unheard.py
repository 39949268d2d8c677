"""Pretraining on another dataset hears nothing that the run's dataset evaluates on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions, DatasetSpec, EncoderChoice
from aacbench.contracts.context import RunContext
from aacbench.datasets.unheard import unheard
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.training.pretrain import Pretrain
from aacbench.training.settings import TrainSettings
from aacbench.types import Clip

FRONT_END = {"sample_rate": 8000, "window": 256, "n_fft": 256, "hop": 256, "f_max": 4000.0, "mel_bins": 16}


def clip(folder: Path, number: int, source: str | None = None, sound: int | None = None, part: str = "") -> Clip:
    path = folder / f"{part}{number}.wav"
    values = np.random.default_rng(number if sound is None else sound).standard_normal(8000)
    soundfile.write(path, 0.1 * values, 8000)
    return Clip(path.name, path, (), ("dog" if number % 2 else "rain",), source=source)


@dataclass
class Sounds:
    """Tagged clips: 12 to learn from, 4 to validate on."""

    learnt: Sequence[Clip]
    held: Sequence[Clip]
    name: str = "sounds"
    version: str = "1"
    splits: tuple[str, ...] = field(default=("development", "validation"))

    def clips(self, split: str) -> list[Clip]:
        return list(self.learnt if split == "development" else self.held)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContext:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    registries = manager.load([]).registries
    learnt = [clip(tmp_path, number, f"recording {number}") for number in range(12)]
    sounds = Sounds(learnt, [clip(tmp_path, number) for number in range(20, 24)])
    registries.datasets.add(DatasetSpec("sounds", "s", lambda options: sounds), "test")
    scored = [
        clip(tmp_path, 0, "recording 3", sound=90, part="e"),
        clip(tmp_path, 1, None, sound=5, part="e"),  # byte for byte a clip that is learnt from
        clip(tmp_path, 2, None, sound=21, part="e"),  # and one that is validated on
        clip(tmp_path, 3, "another", sound=99, part="e"),
    ]
    own = {"training": [clip(tmp_path, 40)], "validation": [clip(tmp_path, 41)], "evaluation": scored}
    names = ("seq2seq", "default", None, 0, "cpu", "own", DatasetOptions(), tmp_path / "run", registries)
    return RunContext(*names, own)


def stage() -> Pretrain:
    choice = EncoderChoice("cnn10", feature_settings({"front_end": "panns", **FRONT_END}), {"width": 4})
    return Pretrain("audio-tagging", choice, TrainSettings(epochs=1, batch_size=4), "sounds")


def test_recordings_of_the_evaluation_set_are_left_out_and_counted(
    context: RunContext, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, clips, _, heard = stage()._chosen(context)
    assert [one.id for one in clips["training"]] == [f"{number}.wav" for number in range(12) if number not in (3, 5)]
    assert [one.id for one in clips["validation"]] == ["20.wav", "22.wav", "23.wav"]
    assert heard == 3
    (tmp_path / "run").mkdir()
    summary = stage().run(context, tmp_path / "run")
    assert summary["left_out"] == 3
    said = "pretrain-audio-tagging: 3 clips of sounds left out, of recordings in the evaluation set of own"
    assert said in capsys.readouterr().err


def test_what_is_learnt_from_decides_the_key(context: RunContext) -> None:
    before = stage().inputs(context)
    context.clips = {**context.clips, "evaluation": []}
    assert stage().inputs(context)["data"] != before["data"]


def test_where_another_split_is_scored_it_is_the_same(context: RunContext) -> None:
    scored = context.clips["evaluation"]
    spec = DatasetSpec("own", "s", lambda options: Sounds((), ()))
    context.registries.datasets.add(spec, "test")
    before = stage().inputs(context)
    context.clips = {name: part for name, part in context.clips.items() if name != "evaluation"}
    assert stage().inputs(context)["data"] != before["data"]  # a dataset without such a split evaluates on nothing

    class Own(Sounds):
        def clips(self, split: str) -> list[Clip]:
            return scored

    spec = DatasetSpec("owned", "s", lambda options: Own((), ()))
    context.registries.datasets.add(spec, "test")
    context.dataset = "owned"
    assert stage().inputs(context)["data"] == before["data"]


def test_nothing_may_be_left(context: RunContext, tmp_path: Path) -> None:
    context.clips = {**context.clips, "evaluation": context.registries.dataset("sounds", DatasetOptions()).clips("x")}
    with pytest.raises(UserError, match="sounds has no clips to pretrain on that own does not evaluate on"):
        stage().run(context, tmp_path)


def test_of_a_large_set_sources_decide(context: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = context.registries.dataset("sounds", DatasetOptions()).clips("development")
    monkeypatch.setattr("aacbench.audio.large.LARGE", 10)
    assert [one.id for one in clips if one not in unheard(clips, context.clips["evaluation"])] == ["3.wav"]
