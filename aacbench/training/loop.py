"""The training loop: drives a task by optimiser steps, validates, checkpoints, resumes and stops early.

A run killed at any moment and started again ends with the same weights as one that was never killed: the order of the
samples depends on (seed, stage, epoch), all other random numbers on (seed, stage, step), and a checkpoint holds the
model, the optimiser and the counters.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aacbench.contracts import Paced, Reports, Task
from aacbench.errors import AacbenchError
from aacbench.progress import Bar, progress
from aacbench.seeds import seed_everything
from aacbench.training import checkpoint
from aacbench.training.averaging import WeightAverage
from aacbench.training.log import JsonLog
from aacbench.training.prefetch import prefetch
from aacbench.training.schedule import learning_rate
from aacbench.training.settings import TrainSettings


@dataclass
class Progress:
    """The counters of a run: all that a resumed run needs besides tensors."""

    epoch: int = 0
    batch: int = 0  # batches done in this epoch
    step: int = 0  # optimiser steps done
    best: float | None = None
    best_epoch: int = -1
    bad: int = 0  # validations since the best one
    reductions: int = 0
    plateau: int = 0  # validations since the best one or the last reduction
    averaged: int = 0  # epochs that the average of the weights is made of
    finished: bool = False
    sums: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0


class Loop:
    """Trains `task` in `folder`: `last.safetensors` to resume from, `best.safetensors` to keep, `log.jsonl`."""

    def __init__(self, task: Task, settings: TrainSettings, folder: Path, seed: int, device: str) -> None:
        self.task, self.settings, self.folder, self.seed, self.device = task, settings, folder, seed, device
        self.model = task.model.to(device)
        self.optimizer = self._optimizer()
        self.progress = Progress()
        self.average = WeightAverage()
        self.log = JsonLog(folder / "log.jsonl")
        self.saved_at = time.monotonic()

    def run(self) -> Progress:
        """Train to the end, from the last checkpoint if there is one; return the counters, the best weights loaded."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._resume()
        started, spent = time.monotonic(), self.progress.seconds
        with progress(self.task.name, self._total_steps()) as bar:
            bar.update(self.progress.step)
            while not self.progress.finished:
                self._epoch(bar)
                self.progress.seconds = spent + time.monotonic() - started
                self._save_last()
        if self.progress.averaged:
            self._keep_average()
        tensors, _ = checkpoint.load(self.folder / "best.safetensors")
        checkpoint.load_model(self.model, tensors)
        return self.progress

    def _epoch(self, bar: Bar) -> None:
        done = self.progress
        batches = self.task.batches(done.epoch)
        per_step, count = self.settings.accumulation, len(batches)
        self.model.train()
        loaded = prefetch(self.task.load, batches[done.batch :])
        group: list[Any] = []
        for place, batch in enumerate(loaded, done.batch + 1):
            group.append(batch)
            if len(group) < per_step and place < count:
                continue
            self._step(group, math.ceil(count / per_step))
            group, done.batch = [], place
            bar.update(done.step, loss=done.sums.get("loss", 0.0) / done.sums.get("steps", 1.0))
            if place < count and time.monotonic() - self.saved_at > self.settings.checkpoint_seconds:
                self._save_last()
        self._end_epoch()

    def _step(self, group: Sequence[Any], steps_per_epoch: int) -> None:
        """One optimiser step over a group of batches."""
        done, begin = self.progress, time.monotonic()
        seed_everything(self.seed, self.task.name, "step", done.step)
        rate = learning_rate(self.settings, done.step, steps_per_epoch, done.reductions)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        if isinstance(self.task, Paced):
            self.task.advance(done.step / max(1, self.settings.epochs * steps_per_epoch))
        totals: dict[str, float] = {}
        for batch in group:
            with self._autocast():
                losses = dict(self.task.losses(batch))
            loss = torch.stack([value.float() for value in losses.values()]).sum()
            (loss / len(group)).backward()  # type: ignore[no-untyped-call]
            for name, value in {**losses, "loss": loss}.items():
                totals[name] = totals.get(name, 0.0) + float(value.detach()) / len(group)
        if not math.isfinite(totals["loss"]):
            raise AacbenchError(
                f"{self.task.name}: the loss became {totals['loss']} at step {done.step}; lower the learning rate "
                f"(now {rate:g}) or set clip_norm"
            )
        if self.settings.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip_norm)
        self.optimizer.step()
        done.step += 1
        if isinstance(self.task, Reports):
            totals.update(self.task.report(time.monotonic() - begin))
        for name, number in {**totals, "steps": 1.0}.items():
            done.sums[name] = done.sums.get(name, 0.0) + number

    def _end_epoch(self) -> None:
        done, settings = self.progress, self.settings
        steps = done.sums.pop("steps", 1.0)
        entry: dict[str, float] = {f"train_{name}": value / steps for name, value in sorted(done.sums.items())}
        done.epoch, done.batch, done.sums = done.epoch + 1, 0, {}
        last = done.epoch >= settings.epochs
        if last or done.epoch % settings.validate_every == 0:
            entry.update(self._validate())
            self._judge(entry)
        done.history.append({"epoch": done.epoch, **entry})
        self.log.write(stage=self.task.name, step=done.step, epoch=done.epoch, **entry)
        if settings.average_from is not None and done.epoch >= settings.average_from:
            done.averaged += 1
            self.average.add(self.model, done.averaged)
        stopped = settings.patience is not None and done.bad >= settings.patience
        done.finished = last or stopped

    def _validate(self) -> dict[str, float]:
        self.model.eval()
        with torch.no_grad(), self._autocast():
            values = {f"validation_{name}": value for name, value in self.task.validate().items()}
        self.model.train()
        wanted = f"validation_{self.settings.monitor}"
        if wanted not in values:
            names = ", ".join(name.removeprefix("validation_") for name in values)
            raise AacbenchError(f"{self.task.name} has no monitor {self.settings.monitor!r}; it has: {names}")
        return values

    def _judge(self, entry: Mapping[str, float]) -> None:
        """Keep the weights if they are the best so far; count towards stopping and the next reduction if not."""
        done, value = self.progress, entry[f"validation_{self.settings.monitor}"]
        sign = -1.0 if self.settings.monitor == "loss" else 1.0
        if done.best is None or sign * value > sign * done.best:
            done.best, done.best_epoch, done.bad, done.plateau = value, done.epoch, 0, 0
            self._save_best(value)
            return
        done.bad, done.plateau = done.bad + 1, done.plateau + 1
        if self.settings.schedule.kind == "plateau" and done.plateau > self.settings.schedule.patience:
            done.reductions, done.plateau = done.reductions + 1, 0

    def _keep_average(self) -> None:
        """Put the average in the place of the best weights, whichever validates better."""
        done = self.progress
        checkpoint.load_model(self.model, self.average.tensors)
        entry = self._validate()
        done.best, done.best_epoch = entry[f"validation_{self.settings.monitor}"], done.epoch
        self._save_best(done.best)
        done.history.append({"epoch": done.epoch, "averaged": done.averaged, **entry})

    def _save_best(self, value: float) -> None:
        state = {"epoch": self.progress.epoch, self.settings.monitor: value}
        checkpoint.save(self.folder / "best.safetensors", checkpoint.model_tensors(self.model), state)

    def _save_last(self) -> None:
        tensors = {
            **checkpoint.model_tensors(self.model),
            **checkpoint.optimizer_tensors(self.model, self.optimizer),
            **self.average.stored(),
        }
        checkpoint.save(self.folder / "last.safetensors", tensors, asdict(self.progress))
        self.saved_at = time.monotonic()

    def _resume(self) -> None:
        path = self.folder / "last.safetensors"
        if path.exists():
            tensors, state = checkpoint.load(path)
            checkpoint.load_model(self.model, tensors)
            checkpoint.load_optimizer(self.model, self.optimizer, tensors)
            self.average.restore(tensors, self.device)
            self.progress = Progress(**state)
        self.log.rewind(self.progress.step if path.exists() else -1)

    def _optimizer(self) -> torch.optim.Optimizer:
        kind = torch.optim.AdamW if self.settings.optimizer == "adamw" else torch.optim.Adam
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        return kind(
            trained, lr=self.settings.lr, weight_decay=self.settings.weight_decay, amsgrad=self.settings.amsgrad
        )

    def _autocast(self) -> AbstractContextManager[Any]:
        precision = self.settings.precision
        gpu = self.device.startswith("cuda")
        half = precision == "bfloat16" or (precision == "auto" and gpu and torch.cuda.is_bf16_supported())
        return torch.autocast("cuda" if gpu else "cpu", dtype=torch.bfloat16, enabled=half)

    def _total_steps(self) -> int:
        return self.settings.epochs * math.ceil(len(self.task.batches(0)) / self.settings.accumulation)
