"""Where a pretraining stage takes its clips from when the run's own dataset keeps some for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aacbench.audio import feature_settings
from aacbench.contracts import DatasetOptions, EncoderChoice
from aacbench.datasets.soundscapes import from_options
from aacbench.host import manager
from aacbench.training.pretrain import Pretrain
from aacbench.training.settings import TrainSettings

ENCODER = EncoderChoice("cnn10", feature_settings({}), {})


def context(folder: Path, version: str | None) -> Any:
    options = DatasetOptions(folder, version, {"preset": "tiny"})
    dataset = from_options(options)
    clips = {"training": dataset.clips("development"), "validation": dataset.clips("validation")}
    registries = manager.load().registries
    return SimpleNamespace(
        registries=registries, dataset="soundscapes", options=options, clips=clips, seed=0, preset="quick"
    )


@pytest.mark.parametrize(("objective", "split"), [("audio-tagging", "tagged"), ("scene-classification", "scenes")])
def test_a_pool_goes_before_the_captioned_clips(tmp_path: Path, objective: str, split: str) -> None:
    name, clips, _ = Pretrain(objective, ENCODER, TrainSettings())._clips(context(tmp_path, "2.0"))
    assert name == "soundscapes"
    assert all(clip.id.startswith(split) for part in clips.values() for clip in part)


def test_without_a_pool_the_captioned_clips_are_pretrained_on(tmp_path: Path) -> None:
    own = context(tmp_path, None)
    _, clips, _ = Pretrain("audio-tagging", ENCODER, TrainSettings())._clips(own)
    assert clips["training"] == own.clips["training"]


def test_another_runs_pretraining_takes_the_pool_too(tmp_path: Path) -> None:
    own = context(tmp_path, None)
    own.dataset, own.options = "clotho", DatasetOptions()
    options = DatasetOptions(tmp_path, "2.0", {"preset": "tiny"})
    stage = Pretrain("audio-tagging", ENCODER, TrainSettings(), "soundscapes", options=options)
    _, clips, dataset = stage._clips(own)
    assert dataset is not None and dataset.version == "2.0"
    assert all(clip.id.startswith("tagged") for part in clips.values() for clip in part)


@pytest.mark.parametrize(("asked", "count"), [({}, 24), ({"preset": "tiny", "development": "3"}, 3)])
def test_smoke_takes_a_few_clips_of_another_dataset(tmp_path: Path, asked: dict[str, str], count: int) -> None:
    own = context(tmp_path, None)
    own.dataset, own.preset = "clotho", "smoke"
    options = DatasetOptions(tmp_path, settings=asked)
    stage = Pretrain("audio-tagging", ENCODER, TrainSettings(), "soundscapes", options=options)
    assert len(stage._clips(own)[1]["training"]) == count
