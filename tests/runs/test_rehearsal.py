"""A stage is tried on a few clips: what it loads has to load, and its memory is that of a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from aacbench.contracts import DatasetOptions, Stage, Task
from aacbench.contracts.context import RunContext
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.models.layers.recompute import block
from aacbench.models.memory import Meter
from aacbench.runs.data import AbsentAudio
from aacbench.runs.rehearsal import FEW, few, rehearse
from aacbench.training.settings import TrainSettings
from aacbench.types import Clip

WIDTH, LAYERS, FRAMES = 64, 6, 400
ROW = 4 * WIDTH * FRAMES  # bytes of a row's activations in one layer


class Deep(nn.Module):
    """Layers whose outputs are kept for the gradient, or made again."""

    recomputes = False

    def __init__(self) -> None:
        super().__init__()
        inside = [[nn.Linear(WIDTH, WIDTH), nn.Tanh(), nn.Linear(WIDTH, WIDTH), nn.Tanh()] for _ in range(LAYERS)]
        self.layers = nn.ModuleList(nn.Sequential(*layers) for layers in inside)

    def forward(self, rows: Tensor) -> Tensor:
        for layer in self.layers:
            rows = block(self, layer, rows)
        return rows


class Deepening(Task):
    """Rows of noise."""

    name = "deepening"

    def __init__(self) -> None:
        self.model = Deep()

    def batches(self, epoch: int) -> list[list[int]]:
        return [[0, 1, 2, 3]]

    def load(self, batch: Sequence[int]) -> Tensor:
        return torch.randn(len(batch), FRAMES, WIDTH)

    def losses(self, loaded: Tensor) -> Mapping[str, Tensor]:
        return {"square": self.model(loaded).square().mean()}

    def validate(self) -> Mapping[str, float]:
        return {"loss": 1.0, "depth": 2.0}


@dataclass(frozen=True)
class Deepen(Stage):
    settings: TrainSettings = field(default_factory=TrainSettings)
    name: str = "deepen"
    seen: list[RunContext] = field(default_factory=list)

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        return {}

    def rehearsal(self, context: RunContext, waiting: bool) -> tuple[Task, TrainSettings] | None:
        self.seen.append(context)
        return None if waiting else (Deepening(), self.settings)

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        raise AssertionError("a rehearsal runs nothing")


@pytest.fixture
def context(tmp_path: Path) -> RunContext:
    clips = []
    for index in range(7):
        path = tmp_path / f"{index}.wav"
        soundfile.write(path, np.zeros(800 * (1 + index % 5)), 8000)
        clips.append(Clip(path.name, path, ("a sound",)))
    parts = {"training": clips, "validation": clips[:1]}
    registries = manager.load([]).registries
    return RunContext("deep", "one", None, 0, "cpu", "none", DatasetOptions(), tmp_path / "run", registries, parts)


def wanted(context: RunContext, **changes: Any) -> int:
    found = rehearse(context, Deepen(TrainSettings(**changes)), waiting=False, step=True)
    assert found is not None
    return found


def test_memory_is_that_of_a_whole_batch(context: RunContext) -> None:
    parameters = sum(parameter.numel() for parameter in Deep().parameters())
    held = 16 * parameters  # weights, gradients, Adam's two moments
    whole = wanted(context, batch_size=128)
    kept = (whole - held) / 128  # of a row: what comes out of each tanh, and a little on the way back
    assert 2 * LAYERS * ROW <= kept <= (2 * LAYERS + 6) * ROW
    assert wanted(context, batch_size=64) - held == pytest.approx((whole - held) / 2, rel=0.01)
    assert wanted(context, batch_size=128, micro_batch=16) - held == pytest.approx((whole - held) / 8, rel=0.01)
    assert wanted(context, batch_size=128, amsgrad=True) == whole + 4 * parameters
    assert wanted(context, batch_size=128, gradient_checkpointing=True) < 0.85 * whole


def test_it_hears_the_longest_clips_and_writes_elsewhere(context: RunContext) -> None:
    stage = Deepen()
    assert rehearse(context, stage, waiting=False, step=False) is None
    (told,) = stage.seen
    assert told.folder != context.folder and not told.folder.exists() and not context.folder.exists()
    assert [clip.id for clip in told.clips["training"]] == ["4.wav", "3.wav", "2.wav", "1.wav"]
    assert told.clips["validation"] == told.clips["training"] == few(context.clips["training"])
    assert len(few(context.clips["training"])) == FEW
    assert rehearse(context, stage, waiting=True, step=True) is None
    absent = [replace(clip, audio=AbsentAudio(clip.id)) for clip in context.clips["training"]]
    assert few(absent) == absent[:FEW]  # as for the methods that hear nothing


def test_a_monitor_that_validation_does_not_report_is_refused(context: RunContext) -> None:
    rehearse(context, Deepen(TrainSettings(monitor="depth")), waiting=False, step=False)
    with pytest.raises(UserError, match="deepening has no monitor 'map'; it has: loss, depth"):
        rehearse(context, Deepen(TrainSettings(monitor="map")), waiting=False, step=False)


def test_the_meter_counts_what_is_there_at_once() -> None:
    given = torch.randn(1000, 250, requires_grad=True)  # a megabyte, made outside
    with Meter() as meter:
        doubled = given * 2
        result = doubled.exp()
        del doubled
        assert meter.now == 1_000_000
        view = result.view(-1)
        assert meter.now == 1_000_000 and meter.peak == 2_000_000
        view.sum().backward()  # type: ignore[no-untyped-call]
    assert 2_000_000 < meter.peak <= 3_000_100
