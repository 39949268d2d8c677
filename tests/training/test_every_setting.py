"""Every setting of training changes what the loop does: its numbers, its files, or how often it computes or writes.

What the loop does not read itself, `batch_size`, is read by tasks: tests/methods/test_every_setting.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aacbench.contracts import Task
from aacbench.models.layers.recompute import block, in_parts
from aacbench.runtime.seeds import shuffled
from aacbench.training import checkpoint
from aacbench.training.loop import Loop
from aacbench.training.settings import AugmentSettings, ScheduleSettings, TrainSettings

DATA = torch.randn(24, 6, generator=torch.Generator().manual_seed(0))
WANTED = DATA @ torch.randn(6, 1, generator=torch.Generator().manual_seed(1))
CASES: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "epochs": ({}, {"epochs": 3}),
    "steps": ({}, {"steps": 9}),
    "accumulation": ({}, {"accumulation": 3}),
    "optimizer": ({"weight_decay": 0.5}, {"optimizer": "adamw"}),
    "lr": ({}, {"lr": 0.01}),
    "weight_decay": ({}, {"weight_decay": 0.5}),
    "amsgrad": ({}, {"amsgrad": True}),
    "clip_norm": ({}, {"clip_norm": 0.01}),
    "monitor": ({}, {"monitor": "least"}),
    "patience": ({"lr": 2.0, "epochs": 12}, {"patience": 1}),
    "validate_every": ({}, {"validate_every": 2}),
    "precision": ({}, {"precision": "bfloat16"}),
    "compile": ({}, {"compile": True}),
    "checkpoint_seconds": ({}, {"checkpoint_seconds": 0.0}),
    "gradient_checkpointing": ({}, {"gradient_checkpointing": True}),
    "micro_batch": ({}, {"micro_batch": 3}),
    "average_from": ({}, {"average_from": 2}),
    "keep_final": ({}, {"keep_final": True}),
    "schedule.kind": ({"schedule": {"factor": 0.5}}, {"schedule": {"factor": 0.5, "kind": "exponential"}}),
    "schedule.factor": ({"schedule": {"kind": "exponential"}}, {"schedule": {"kind": "exponential", "factor": 0.5}}),
    "schedule.warmup_steps": (
        {"schedule": {"kind": "warmup-cosine"}},
        {"schedule": {"kind": "warmup-cosine", "warmup_steps": 5}},
    ),
    "schedule.warmup_epochs": (
        {"schedule": {"kind": "warmup-exponential"}},
        {"schedule": {"kind": "warmup-exponential", "warmup_epochs": 2.0}},
    ),
    "schedule.final_lr": (
        {"schedule": {"kind": "warmup-cosine"}},
        {"schedule": {"kind": "warmup-cosine", "final_lr": 0.01}},
    ),
    "schedule.patience": (
        {"lr": 2.0, "epochs": 12, "schedule": {"kind": "plateau", "factor": 0.1}},
        {"schedule": {"kind": "plateau", "factor": 0.1, "patience": 0}},
    ),
    "schedule.milestones": (
        {"schedule": {"kind": "steps", "factor": 0.1}},
        {"schedule": {"kind": "steps", "factor": 0.1, "milestones": [2]}},
    ),
}
"""Settings to start from, and what is changed in them."""
SAME_NUMBERS = {
    "checkpoint_seconds": "what a kill may cost, and nothing else",
    "gradient_checkpointing": "less memory for more time",
    "compile": "less time a step; compiled for real in test_compiling.py",
}
"""Settings that must not change a number, and why; they change how often something is done."""


class Blocks(nn.Module):
    """Batch norm and a layer, in a block that may be computed again, a part of the rows at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.recomputes, self.micro_batch = False, None
        self.norm, self.linear = nn.BatchNorm1d(6), nn.Linear(6, 1)

    def forward(self, rows: Tensor) -> Tensor:
        return torch.cat(in_parts(self, lambda part: block(self, self.inside, part), self.micro_batch, rows))

    def inside(self, rows: Tensor) -> Tensor:
        COUNTS["block"] += 1
        made: Tensor = self.linear(self.norm(rows))
        return made


COUNTS: Counter[str] = Counter()


class Lines(Task):
    """A line through points."""

    name = "lines"

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model: nn.Module = Blocks()

    def batches(self, epoch: int) -> list[list[int]]:
        order = shuffled(len(DATA), "lines", epoch)
        return [order[first : first + 6] for first in range(0, len(order), 6)]

    def load(self, batch: Sequence[int]) -> tuple[Tensor, Tensor]:
        return DATA[list(batch)], WANTED[list(batch)]

    def losses(self, loaded: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        return {"mse": ((self.model(loaded[0]) - loaded[1]) ** 2).mean()}

    def validate(self) -> Mapping[str, float]:
        loss = float(((self.model(DATA) - WANTED) ** 2).mean())
        return {"loss": loss, "least": -float(self.model(DATA).abs().max())}


@dataclass
class Done:
    """What training left: numbers and files, and how often it did what."""

    numbers: dict[str, Any]
    counts: Counter[str] = field(default_factory=Counter)


def train(folder: Path, changes: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Done:
    """Train the line under these settings."""
    COUNTS.clear()
    save = checkpoint.save

    def saved(path: Path, *rest: Any) -> None:
        COUNTS[path.name] += 1
        save(path, *rest)

    monkeypatch.setattr(checkpoint, "save", saved)
    monkeypatch.setattr(nn.Module, "compile", lambda part, **how: COUNTS.update(["compiled"]))
    settings = TrainSettings.model_validate({"epochs": 4, "lr": 0.05, **changes})
    task = Lines()
    done = Loop(task, settings, folder, 0, "cpu").run()
    monkeypatch.setattr(checkpoint, "save", save)
    weights = {name: value.tolist() for name, value in task.model.state_dict().items()}
    files = sorted(path.name for path in folder.iterdir())
    return Done({"history": done.history, "best": done.best, "weights": weights, "files": files}, Counter(COUNTS))


def test_every_setting_is_gone_through() -> None:
    own = {name for name in TrainSettings.model_fields if name not in ("schedule", "batch_size")}
    assert {*CASES} == own | {f"schedule.{name}" for name in ScheduleSettings.model_fields}


@pytest.mark.parametrize("name", CASES)
def test_a_setting_changes_something(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, change = CASES[name]
    plain = train(tmp_path / "plain", start, monkeypatch)
    again = train(tmp_path / "again", start, monkeypatch)
    changed = train(tmp_path / "changed", {**start, **change}, monkeypatch)
    assert plain == again
    assert plain != changed
    assert (plain.numbers == changed.numbers) == (name in SAME_NUMBERS)


@pytest.mark.parametrize("name", AugmentSettings.model_fields)
def test_a_setting_of_augmentation_changes_something(name: str) -> None:
    from aacbench.training.augment import InputMasks, augmentation

    if name == "versions":
        drawn = [InputMasks(None, AugmentSettings(versions=one)).draw(20, 0) for one in (None, 2)]  # type: ignore[arg-type]
        assert max(version for version in drawn[1] if version is not None) < 2 < max(map(int, filter(None, drawn[0])))
        return
    base = AugmentSettings(time_width=8, mel_width=4)
    value = getattr(base, name)
    other = {"fill": "zero", "probability": 0.2}.get(name, value + 2 if isinstance(value, int) else None)
    heard = torch.randn(8, 40, 16, generator=torch.Generator().manual_seed(3)) + 5
    lengths = torch.full((8,), 40)
    made = []
    for settings in (base, base, base.model_copy(update={name: other})):
        augment = augmentation(settings)
        assert augment is not None
        made.append(augment(heard.clone(), lengths, torch.Generator().manual_seed(0)))
    assert torch.equal(made[0], made[1]) and not torch.equal(made[0], made[2])
