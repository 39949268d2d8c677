"""The training loop: resumes to the same weights from anywhere, accumulates, stops early, refuses nonsense."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from aacbench.contracts import Task
from aacbench.errors import AacbenchError
from aacbench.runtime.seeds import shuffled
from aacbench.training import checkpoint
from aacbench.training.loop import Loop
from aacbench.training.settings import ScheduleSettings, TrainSettings

DATA = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
WANTED = DATA @ torch.randn(6, 1, generator=torch.Generator().manual_seed(1))


class Stopped(Exception):
    """Stands for a kill."""


class Regression(Task):
    """Linear regression with dropout, so that random numbers matter, and batch norm, so that buffers do."""

    name = "regression"

    def __init__(self, stop_at: int | None = None, batch: int = 8, dropout: float = 0.2) -> None:
        torch.manual_seed(0)
        self.model: nn.Module = nn.Sequential(nn.BatchNorm1d(6), nn.Dropout(dropout), nn.Linear(6, 1))
        self.stop_at, self.batch, self.calls = stop_at, batch, 0

    def batches(self, epoch: int) -> list[list[int]]:
        order = shuffled(len(DATA), "regression", epoch)
        return [order[first : first + self.batch] for first in range(0, len(order), self.batch)]

    def load(self, batch: Sequence[int]) -> tuple[Tensor, Tensor]:
        return DATA[list(batch)], WANTED[list(batch)]

    def losses(self, loaded: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        self.calls += 1
        if self.calls == self.stop_at:
            raise Stopped
        return {"mse": ((self.model(loaded[0]) - loaded[1]) ** 2).mean()}

    def validate(self) -> Mapping[str, float]:
        loss = float(((self.model(DATA) - WANTED) ** 2).mean())
        return {"loss": loss, "fit": -loss}


def settings(**changes: object) -> TrainSettings:
    base = {"epochs": 6, "lr": 0.05, "checkpoint_seconds": 0.0}
    return TrainSettings.model_validate({**base, **changes})


def weights(folder: Path, **changes: object) -> dict[str, Tensor]:
    task = Regression()
    Loop(task, settings(**changes), folder, 7, "cpu").run()
    return {name: value.clone() for name, value in task.model.state_dict().items()}


@pytest.mark.parametrize("stop_at", [1, 2, 5, 6, 13, 29])
@pytest.mark.parametrize("accumulation", [1, 2])
def test_resumes_to_the_same_weights(tmp_path: Path, stop_at: int, accumulation: int) -> None:
    whole = weights(tmp_path / "whole", accumulation=accumulation)
    with pytest.raises(Stopped):
        Loop(Regression(stop_at), settings(accumulation=accumulation), tmp_path / "cut", 7, "cpu").run()
    task = Regression()
    Loop(task, settings(accumulation=accumulation), tmp_path / "cut", 7, "cpu").run()
    for name, value in task.model.state_dict().items():
        assert torch.equal(value, whole[name]), name
    assert (tmp_path / "cut/log.jsonl").read_text() == (tmp_path / "whole/log.jsonl").read_text()


def test_a_resumed_run_repeats_no_finished_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Stopped):
        Loop(Regression(13), settings(), tmp_path, 7, "cpu").run()
    assert "going on" not in capsys.readouterr().err
    task = Regression()
    Loop(task, settings(), tmp_path, 7, "cpu").run()
    assert task.calls == 6 * 5 - 12
    assert "going on from step 12\n" in capsys.readouterr().err


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_fused_steps_equal_plain_ones(tmp_path: Path, optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {"optimizer": optimizer, "weight_decay": 0.01, "amsgrad": True}
    fused = weights(tmp_path / "fused", **changes)
    kind: Any = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer]

    def plain(*given: Any, **settings: Any) -> torch.optim.Optimizer:
        assert settings.pop("fused")
        made: torch.optim.Optimizer = kind(*given, **settings, foreach=False)
        return made

    monkeypatch.setattr(torch.optim, kind.__name__, plain)
    for name, value in weights(tmp_path / "plain", **changes).items():
        torch.testing.assert_close(fused[name], value, rtol=1e-5, atol=1e-6)


def test_an_optimiser_goes_on_in_its_parameters_layout(tmp_path: Path) -> None:
    """A fused step reads weights, gradients and moments as they lie in memory."""

    def trained() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model: nn.Module = nn.Conv2d(4, 8, 3, bias=False).to(memory_format=torch.channels_last)
        return model, torch.optim.Adam(model.parameters(), lr=0.1, fused=True)

    def step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        model(DATA[:, :4].reshape(1, 4, 5, 8)).square().sum().backward()
        optimizer.step()

    model, optimizer = trained()
    step(model, optimizer)
    kept = {**checkpoint.model_tensors(model), **checkpoint.optimizer_tensors(model, optimizer)}
    checkpoint.save(tmp_path / "last.safetensors", kept, {})
    step(model, optimizer)
    again, resumed = trained()
    tensors, _ = checkpoint.load(tmp_path / "last.safetensors")
    checkpoint.load_model(again, tensors)
    checkpoint.load_optimizer(again, resumed, tensors)
    step(again, resumed)
    torch.testing.assert_close(next(again.parameters()), next(model.parameters()))


def test_seeds_decide(tmp_path: Path) -> None:
    first = weights(tmp_path / "a")
    task = Regression()
    Loop(task, settings(), tmp_path / "b", 8, "cpu").run()
    assert not torch.equal(first["2.weight"], task.model.state_dict()["2.weight"])


def test_accumulation_equals_larger_batches(tmp_path: Path) -> None:
    """Without dropout and batch norm, two half batches a step give the gradient of one whole batch."""

    def train(batch: int, accumulation: int, folder: Path) -> Tensor:
        task = Regression(batch=batch)
        task.model = nn.Linear(6, 1)
        torch.manual_seed(3)
        nn.init.normal_(task.model.weight)
        nn.init.zeros_(task.model.bias)
        Loop(task, settings(accumulation=accumulation, epochs=2), folder, 0, "cpu").run()
        return task.model.weight.detach().clone()

    torch.testing.assert_close(train(8, 1, tmp_path / "a"), train(4, 2, tmp_path / "b"), atol=1e-5, rtol=1e-4)


def test_stops_early_and_keeps_the_best(tmp_path: Path) -> None:
    task = Regression(dropout=0.0)
    scores = iter([3.0, 1.0, 2.0, 2.5, 0.5, 0.1])
    task.validate = lambda: {"loss": next(scores)}  # type: ignore[method-assign]
    done = Loop(task, settings(patience=2), tmp_path, 0, "cpu").run()
    assert (done.epoch, done.best, done.best_epoch) == (4, 1.0, 2)
    _, state = checkpoint.load(tmp_path / "best.safetensors")
    assert state == {"epoch": 2, "loss": 1.0}


def test_a_score_is_better_when_it_is_higher(tmp_path: Path) -> None:
    task = Regression()
    scores = iter([0.2, 0.5, 0.4])
    task.validate = lambda: {"loss": 1.0, "fit": next(scores)}  # type: ignore[method-assign]
    done = Loop(task, settings(epochs=3, monitor="fit"), tmp_path, 0, "cpu").run()
    assert (done.best, done.best_epoch) == (0.5, 2)


def test_plateaus_lower_the_rate(tmp_path: Path) -> None:
    task = Regression()
    task.validate = lambda: {"loss": 1.0}  # type: ignore[method-assign]
    schedule = ScheduleSettings(kind="plateau", factor=0.5, patience=1)
    loop = Loop(task, settings(schedule=schedule.model_dump()), tmp_path, 0, "cpu")
    assert loop.run().reductions == 2
    assert loop.optimizer.param_groups[0]["lr"] == pytest.approx(0.05 * 0.25)


def test_an_unknown_monitor_is_named(tmp_path: Path) -> None:
    with pytest.raises(AacbenchError, match=r"no monitor 'bleu'; it has: loss, fit"):
        Loop(Regression(), settings(monitor="bleu"), tmp_path, 0, "cpu").run()


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    task = Regression()
    task.losses = lambda loaded: {"mse": task.model(loaded[0]).sum() * float("nan")}  # type: ignore[method-assign]
    with pytest.raises(AacbenchError, match=r"the loss became nan at step 0; lower the learning rate"):
        Loop(task, settings(), tmp_path, 0, "cpu").run()


def test_a_truncated_checkpoint_is_a_clear_error(tmp_path: Path) -> None:
    weights(tmp_path)
    path = tmp_path / "last.safetensors"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AacbenchError, match=r"no whole checkpoint.*--fresh"):
        Loop(Regression(), settings(), tmp_path, 7, "cpu").run()


def test_the_log_is_json_lines(tmp_path: Path) -> None:
    weights(tmp_path)
    entries = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [entry["epoch"] for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert {"train_loss", "train_mse", "validation_loss"} <= set(entries[0])


def test_checkpoints_are_as_far_apart_as_they_are_worth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short epochs share one; where writing is slow, they are twenty times that apart; the last one is always there."""
    now, written = [0.0], list[int]()
    monkeypatch.setattr("aacbench.training.loop.time.monotonic", lambda: now[0])
    save = checkpoint.save

    def slow(path: Path, tensors: Mapping[str, Tensor], state: Mapping[str, object]) -> None:
        save(path, tensors, state)
        if path.name == "last.safetensors":
            written.append(int(str(state["step"])))
            now[0] += 5.0

    monkeypatch.setattr(checkpoint, "save", slow)
    task = Regression()
    inner = task.losses

    def losses(loaded: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        now[0] += 10.0
        return inner(loaded)

    task.losses = losses  # type: ignore[method-assign]
    Loop(task, settings(checkpoint_seconds=60.0), tmp_path, 7, "cpu").run()
    assert written == [7, 18, 29, 30]  # 60 s, then 20 x 5 s apart; five steps an epoch
    again = Regression()
    Loop(again, settings(), tmp_path, 7, "cpu").run()
    assert again.calls == 0
