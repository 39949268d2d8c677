"""The training loop: drives a task by optimiser steps, validates, checkpoints, resumes and stops early.

A run killed at any moment and started again ends with the same weights as one that was never killed: the order of the
samples depends on (seed, stage, epoch), all other random numbers on (seed, stage, step), and a checkpoint holds the
model, the optimiser and the counters.

Several processes train together where they are joined (`aacbench.runtime.distributed`): each loads and works on its
part of every batch, of a task that can be divided (`contracts.Task.data_parallel`), and on the whole of it otherwise.
The numbers that decide anything are the same in all; the first alone writes. How many there are may change when a run
is gone on with.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aacbench.contracts import Task, TrackedRun, Tracker
from aacbench.contracts.previous import as_task
from aacbench.contracts.trackers import Untracked
from aacbench.errors import AacbenchError, UserError
from aacbench.models.layers.dropout import exchange_dropout
from aacbench.models.layers.recompute import save_memory
from aacbench.runtime.allocator import keep_freed_memory
from aacbench.runtime.distributed.batch_norm import share_batch_norm
from aacbench.runtime.distributed.collectives import mean_ranks, on_rank_zero, only_rank_zero, wait_for_rank_zero
from aacbench.runtime.distributed.gradients import Gradients
from aacbench.runtime.distributed.process_group import group
from aacbench.runtime.distributed.shards import ShardRange, SharedGenerators, bounds, sharded
from aacbench.runtime.progress import Bar, progress, status
from aacbench.runtime.seeds import derive, seed_everything
from aacbench.trackers.jsonl import JsonLines
from aacbench.trackers.parts import log_part
from aacbench.training import checkpoint
from aacbench.training.averaging import WeightAverage
from aacbench.training.compiling import compile_parts
from aacbench.training.pinned import pinning
from aacbench.training.precision import Precision
from aacbench.training.prefetch import prefetch
from aacbench.training.readings import Readings
from aacbench.training.schedule import learning_rate
from aacbench.training.settings import TrainSettings

FINAL = "final.safetensors"
WORTH = 20
"""Checkpoints are at least this many times apart what writing one takes, so that they cost a twentieth at most."""


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
    scaler: dict[str, float] = field(default_factory=dict)  # of losses in float16


class Loop:
    """Trains `task` in `folder`: `last.safetensors` to resume from, `best.safetensors` to keep, `log.jsonl`.

    `title` stands before the progress, and `part` before the names of what `tracker` is told besides; without one it
    is the task's name.
    """

    def __init__(
        self,
        task: Task,
        settings: TrainSettings,
        folder: Path,
        seed: int,
        device: str,
        title: str = "",
        tracker: Tracker | None = None,
        part: str = "",
    ) -> None:
        task = as_task(task)
        self.task, self.settings, self.folder, self.seed, self.device = task, settings, folder, seed, device
        self.title = title or task.name
        self.model = task.model.to(device)
        save_memory(self.model, settings.gradient_checkpointing, settings.micro_batch)
        if group().count > 1:
            share_batch_norm(self.model)
        if torch.device(device).type == "cpu":
            keep_freed_memory()
            exchange_dropout(self.model)
        self.optimizer = self._optimizer()
        self.gradients = Gradients(self.model, task.losses)
        self.precision = Precision(settings.precision, device)
        self.progress = Progress()
        self.average = WeightAverage()
        self.log, self.tracker, self.part = JsonLines(), tracker or Untracked(), part or task.name
        self.readings = Readings(device)
        if settings.compile:
            compile_parts(self.model, device)
        self.saved_at, self.save_seconds = time.monotonic(), 0.0

    def run(self) -> Progress:
        """Train to the end, from the last checkpoint if there is one; return the counters, the best weights loaded."""
        self._resume()
        started, spent = time.monotonic(), self.progress.seconds
        if self.progress.step and not self.progress.finished:
            status(f"{self.title}: going on from step {self.progress.step}")
        with progress(self.title, self._total_steps()) as bar:
            bar.update(self.progress.step)
            while not self.progress.finished:
                self._epoch(bar)
                self.progress.seconds = spent + time.monotonic() - started
                if self.progress.finished or self._due():
                    self._keep_last()
        if self.settings.keep_final:
            self._save_final()
        if self.progress.averaged:
            self._keep_average()
        wait_for_rank_zero()  # it has written the best weights
        tensors, _ = checkpoint.load(self.folder / "best.safetensors")
        checkpoint.load_model(self.model, tensors)
        return self.progress

    def _epoch(self, bar: Bar) -> None:
        done = self.progress
        batches = self.task.batches(done.epoch)
        per_step, count = self.settings.accumulation, len(batches)
        steps = math.ceil(count / per_step)
        self.model.train()
        parts = [self._divided(batch) for batch in batches[done.batch :]]
        loaded = prefetch(pinning(self.task.load, self.device), [rows for rows, _ in parts])
        gathered: list[tuple[Any, tuple[int, int, int] | None]] = []
        for number, (batch, (_, part)) in enumerate(zip(loaded, parts, strict=True), done.batch + 1):
            gathered.append((batch, part))
            if len(gathered) < per_step and number < count:
                continue
            self._step(gathered, steps)
            gathered, done.batch = [], number
            bar.update(done.step, loss=done.sums.get("loss", 0.0) / done.sums.get("steps", 1.0))
            if number < count and not self.readings.waiting and self._due():
                self._keep_last()
        self._read()
        self._end_epoch(steps)

    def _divided(self, batch: Any) -> tuple[Any, tuple[int, int, int] | None]:
        """Return what this process loads of a batch, and its first and last row and their number; None is all."""
        limits = bounds(len(batch)) if self.task.data_parallel else None
        return (batch, None) if limits is None else (batch[slice(*limits)], (*limits, len(batch)))

    def _step(self, batches: Sequence[tuple[Any, tuple[int, int, int] | None]], steps_per_epoch: int) -> None:
        """One optimiser step over several batches."""
        done, begin = self.progress, time.monotonic()
        seed = (self.seed, self.task.name, "step", done.step)
        seed_everything(*seed)
        draws = SharedGenerators(derive(*seed))
        rate = learning_rate(self.settings, done.step, steps_per_epoch, done.reductions)
        for parameters in self.optimizer.param_groups:
            parameters["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        self.task.on_step_start(done.step / max(1, self.settings.epochs_of(steps_per_epoch) * steps_per_epoch))
        totals: dict[str, Tensor] = {}
        for index, (batch, rows) in enumerate(batches):
            if group().count > 1 and (rows or index):  # dropout differs from part to part
                seed_everything(*seed, index, *([group().rank] if rows else []))
            with sharded(rows and ShardRange(*rows, draws)), self.gradients.batch(last=index == len(batches) - 1):
                for name, value in self._backward(batch, len(batches)).items():
                    totals[name] = totals.get(name, 0.0) + value / len(batches)
        self.gradients.finish()
        self.readings.add(done.step, rate, totals)
        if self.readings.due():
            self._read()
        self.precision.step(self.optimizer, self.model, self.settings.clip_norm)
        done.step += 1
        self._count(mean_ranks(self.task.step_metrics(time.monotonic() - begin)))

    def _backward(self, batch: Any, batches: int) -> dict[str, Tensor]:
        """Add the gradients of one of a step's batches; return its losses and their sum, `loss`."""
        with self.precision.autocast():
            losses = self._losses(batch)
        loss = torch.stack([value.float() for value in losses.values()]).sum()
        self.precision.scaled(loss / batches).backward()  # type: ignore[no-untyped-call]
        return {name: value.detach().double() for name, value in {**losses, "loss": loss}.items()}

    def _read(self) -> None:
        """Count the losses that wait to be read.

        Raises:
            AacbenchError: one of them is no finite number. No checkpoint holds what came after it.
        """
        for reading in self.readings.read():
            if not math.isfinite(reading.losses["loss"]):
                raise AacbenchError(
                    f"{self.task.name}: the loss became {reading.losses['loss']} at step {reading.step}; lower the "
                    f"learning rate (now {reading.rate:g}) or set clip_norm"
                )
            self._count({**reading.losses, "steps": 1.0})

    def _count(self, values: Mapping[str, float]) -> None:
        sums = self.progress.sums
        for name, number in values.items():
            sums[name] = sums.get(name, 0.0) + number

    def _losses(self, batch: Any) -> Mapping[str, Tensor]:
        try:
            losses: Mapping[str, Tensor] = self.gradients.losses(batch)
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):  # torch's batch norm has no class for it
                raise
            raise UserError(
                f"{self.task.name}: batch norm wants two clips or more in a batch; raise its batch_size, or train on "
                "more clips"
            ) from error
        return losses

    def _end_epoch(self, steps_per_epoch: int) -> None:
        done, settings = self.progress, self.settings
        steps = done.sums.pop("steps", 1.0)
        entry: dict[str, float] = {f"train_{name}": value / steps for name, value in sorted(done.sums.items())}
        done.epoch, done.batch, done.sums = done.epoch + 1, 0, {}
        last = done.epoch >= settings.epochs_of(steps_per_epoch)
        if last or done.epoch % settings.validate_every == 0:
            entry.update(self._validate())
            self._judge(entry)
        done.history.append({"epoch": done.epoch, **entry})
        self._log({"epoch": done.epoch, **entry})
        if settings.average_from is not None and done.epoch >= settings.average_from:
            done.averaged += 1
            self.average.add(self.model, done.averaged)
        stopped = settings.patience is not None and done.bad >= settings.patience
        done.finished = last or stopped

    def _validate(self) -> dict[str, float]:
        self.model.eval()
        with torch.no_grad(), self.precision.autocast():
            values = mean_ranks({f"validation_{name}": value for name, value in self.task.validate().items()})
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

    @only_rank_zero
    def _log(self, entry: Mapping[str, float]) -> None:
        self.log.log(entry, self.progress.step)
        log_part(self.tracker, self.part, entry, self.progress.step)

    @only_rank_zero
    def _save_best(self, value: float) -> None:
        state = {"epoch": self.progress.epoch, self.settings.monitor: value}
        checkpoint.save(self.folder / "best.safetensors", checkpoint.model_tensors(self.model), state)

    @only_rank_zero
    def _save_final(self) -> None:
        checkpoint.save(self.folder / FINAL, checkpoint.model_tensors(self.model), {"epoch": self.progress.epoch})

    def _due(self) -> bool:
        """Whether the last checkpoint is so long ago that another one is worth its time."""
        seconds = self.settings.checkpoint_seconds
        wait = max(seconds, WORTH * self.save_seconds) if seconds else 0.0
        return time.monotonic() - self.saved_at > wait

    def _keep_last(self) -> None:
        self.progress.scaler = self.precision.state()  # waits for a GPU, so not after each step
        self._save_last()

    @only_rank_zero
    def _save_last(self) -> None:
        begin = time.monotonic()
        tensors = {
            **checkpoint.model_tensors(self.model),
            **({} if self.progress.finished else checkpoint.optimizer_tensors(self.model, self.optimizer)),
            **self.average.stored(),
        }
        checkpoint.save(self.folder / "last.safetensors", tensors, asdict(self.progress))
        self.saved_at = time.monotonic()
        self.save_seconds = self.saved_at - begin

    def _resume(self) -> None:
        path = self.folder / "last.safetensors"
        if self._begun(path):
            tensors, state = checkpoint.load(path)
            checkpoint.load_model(self.model, tensors)
            checkpoint.load_optimizer(self.model, self.optimizer, tensors)
            self.average.restore(tensors, self.device)
            self.progress = Progress(**state)
            self.precision.restore(self.progress.scaler)
        self._start_log()

    @on_rank_zero
    def _start_log(self) -> None:
        self.log.start(TrackedRun(self.task.name, self.task.name, self.folder, step=self.progress.step))

    @on_rank_zero
    def _begun(self, path: Path) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.exists()

    def _optimizer(self) -> torch.optim.Optimizer:
        kind = torch.optim.AdamW if self.settings.optimizer == "adamw" else torch.optim.Adam
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        fused = self.device.split(":")[0] in ("cpu", "cuda")  # all parameters in one call
        return kind(
            trained,
            lr=self.settings.lr,
            weight_decay=self.settings.weight_decay,
            amsgrad=self.settings.amsgrad,
            fused=fused,
        )

    def _total_steps(self) -> int:
        steps = math.ceil(len(self.task.batches(0)) / self.settings.accumulation)
        return self.settings.epochs_of(steps) * steps
