"""The contract of a pretraining objective, checked on short tones with a small encoder."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from aacbench.audio import feature_settings
from aacbench.contracts import Pretraining, PretrainingSpec, Task, make
from aacbench.contracts.previous import as_task
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.testing.material import FRONT_END, own_home, tone_clips
from aacbench.testing.report import Checked, check_spec, find
from aacbench.training.loop import Loop
from aacbench.training.settings import TrainSettings
from aacbench.types import Clip

FEATURES = feature_settings({**FRONT_END, "mel_bins": 32})


class _Killed(Exception):
    """Stands for a kill in the middle of an epoch."""


def check_pretraining(part: str | PretrainingSpec, **settings: Any) -> None:
    """Check an objective: its labels, batches, losses and validation; it trains the encoder in place and resumes.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, or does not take the settings.
    """
    spec, checked, _ = find(PretrainingSpec, part)
    check_spec(checked, spec)
    known = [field.name for field in fields(Clip)]
    checked.require(spec.labels in ("", *known), f"labels '' or one of {', '.join(known)}", repr(spec.labels))
    own = settings or dict(spec.tiny)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = tone_clips(folder / "clips", 18)

        def task() -> tuple[nn.Module, Task]:
            torch.manual_seed(0)
            encoder = Cnn10(FEATURES.mel_bins, 0.125, dropout=0.0, clip_dropout=0.0)
            objective: Pretraining = make(spec, **own)
            return encoder, as_task(objective.task(encoder, FEATURES, clips[:12], clips[12:], 0))

        with own_home(folder / "home"):
            _task(checked, *task())
            _hooks(checked, task()[1], folder)
            _training(checked, task, folder)


def _task(checked: Checked, encoder: nn.Module, task: Task) -> None:
    checked.require(bool(getattr(task, "name", "")), "a `name` of the task", repr(getattr(task, "name", None)))
    checked.require(isinstance(task.model, nn.Module), "`model`, a torch.nn.Module", type(task.model).__name__)
    inside = {id(parameter) for parameter in task.model.parameters()}
    checked.require(
        any(id(parameter) in inside for parameter in encoder.parameters()), "the encoder inside `model`", "another"
    )
    batches = task.batches(0)
    checked.require(len(batches) > 0, "batches in an epoch", "none")
    checked.require(repr(batches) == repr(task.batches(0)), "an epoch's batches to be the same each time", "others")
    random = torch.get_rng_state()
    loaded = task.load(batches[0])
    checked.require(torch.equal(random, torch.get_rng_state()), "`load` to draw no random numbers", "it draws some")
    losses = task.losses(loaded)
    checked.require(isinstance(losses, Mapping) and bool(losses), "named losses", losses)
    for name, value in losses.items():
        scalar = isinstance(value, Tensor) and value.dim() == 0 and bool(torch.isfinite(value))
        checked.require(scalar, f"the loss {name} as one finite number", value)
    task.model.eval()
    with torch.no_grad():
        values = task.validate()
    checked.require("loss" in values, "`loss` among the monitored values", ", ".join(values))
    for name, number in values.items():
        checked.require(math.isfinite(number), f"a finite {name} on the validation clips", number)


def _hooks(checked: Checked, task: Task, folder: Path) -> None:
    """What the loop calls around a step takes what it is given, and logs finite numbers alone."""
    (kept := folder / "kept").mkdir()
    task.on_step_start(0.5)
    numbers = {}
    if type(task).step_metrics is not Task.step_metrics:
        task.losses(task.load(task.batches(0)[0]))
        numbers = dict(task.step_metrics(1.0))
    for name, number in numbers.items():
        checked.require(math.isfinite(number), f"a finite number {name} of a step", number)
    task.save_artifacts(kept)


def _training(checked: Checked, make_task: Any, folder: Path) -> None:
    """Train two epochs, once whole and once killed in the second; the encoder has to end the same, and changed."""
    settings = TrainSettings(epochs=2, lr=1e-3, checkpoint_seconds=0.0)
    encoder, task = make_task()
    before = _state(encoder)
    Loop(task, settings, folder / "whole", 0, "cpu").run()
    whole = _state(encoder)
    moved = any(not torch.equal(before[name], whole[name]) for name in before)
    checked.require(moved, "the encoder to be trained in place", "the weights it had before")
    _, killed = make_task()
    steps, losses = len(killed.batches(0)), killed.losses
    calls = 0

    def dying(loaded: Any) -> Mapping[str, Tensor]:
        nonlocal calls
        calls += 1
        if calls > steps:
            raise _Killed
        values: Mapping[str, Tensor] = losses(loaded)
        return values

    killed.losses = dying
    with suppress(_Killed):
        Loop(killed, settings, folder / "cut", 0, "cpu").run()
    encoder, task = make_task()
    Loop(task, settings, folder / "cut", 0, "cpu").run()
    for name, value in _state(encoder).items():
        same = torch.equal(value, whole[name])
        checked.require(same, "a killed and resumed training to end with the same weights", f"another {name}")


def _state(encoder: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in encoder.state_dict().items()}
