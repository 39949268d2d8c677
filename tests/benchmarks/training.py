"""Steps a second of each stage that a method trains, what the device waits for, and how much of its arithmetic is used.

`python tests/benchmarks/training.py rlssr --variant base --set captions.train.compile=true` prints a row a stage:

- steps a second and milliseconds a step, of steps after the first ones;
- waiting: the share of the time in which no kernel ran on the GPU, from torch's profiler; of a processor, the share in
  which the step waited for its batch to be loaded;
- MFU: the multiply-accumulates of the forward and the backward pass (matrix products and convolutions, twice the
  forward pass's in the backward one), over what the device does in one large product of the same precision.

The variant should be one from scratch to see its captions' stage: one that builds on earlier stages is left out.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from aacbench.contracts import DatasetOptions, Task
from aacbench.contracts.previous import as_stage
from aacbench.host import manager
from aacbench.inference.macs import multiply_accumulates
from aacbench.runs.prepare import Prepared, prepare
from aacbench.runs.resolve import RunRequest
from aacbench.runs.settings import assignments
from aacbench.runtime.tables import Column, Table, render
from aacbench.training import pretrain
from aacbench.training.loop import Loop
from aacbench.training.settings import TrainSettings

WARM, SIZE = 5, 4096


@dataclass
class Clock:
    """When steps began and ended, and how long the loop waited for its batches."""

    began: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        """Return the seconds from the end of the last step of warming up to the end of the last one."""
        return self.ended[-1] - self.ended[WARM - 1]

    def loading(self) -> float:
        """Return the share of that time which lies between steps."""
        between = zip(self.began[WARM:], self.ended[WARM - 1 :], strict=False)
        return sum(begin - end for begin, end in between) / self.seconds()


class EnoughError(Exception):
    """As many steps were made as were asked for."""


class Timed(Loop):
    """The loop, which stops after so many steps."""

    limit = 0

    def begin(self, limit: int) -> Clock:
        """Make `limit` steps, over as many epochs as it takes; nothing is validated or written."""
        self.limit, self.clock = limit, Clock()
        with suppress(EnoughError):
            self.run()
        return self.clock

    def _step(self, batches: Any, steps_per_epoch: int) -> None:
        self.clock.began.append(time.monotonic())
        super()._step(batches, steps_per_epoch)
        if len(self.clock.began) in (WARM, self.limit):
            self._read()  # waits until the device has done all that it was told
        self.clock.ended.append(time.monotonic())
        if len(self.clock.ended) >= self.limit:
            raise EnoughError

    def _end_epoch(self, steps_per_epoch: int) -> None:
        self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0


def stages(prepared: Prepared) -> Iterator[tuple[str, Task, TrainSettings]]:
    """Yield the name, task and settings of each stage that can be trained before the others."""
    setattr(pretrain, "few", list)  # noqa: B010 - a rehearsal is of a few clips, and this is of all
    earlier = False
    for stage in map(as_stage, prepared.recipe):
        made = stage.rehearsal(replace(prepared.context, stages={}), earlier)
        earlier = True
        if made is not None:
            yield stage.name, *made


def measure(task: Task, settings: TrainSettings, device: str, steps: int) -> dict[str, Any]:
    """Return what the columns say of training `task` for some steps after the first ones."""
    settings = settings.model_copy(update={"epochs": 10**6, "steps": None, "checkpoint_seconds": 1e9})
    with tempfile.TemporaryDirectory() as folder:
        loop = Timed(task, settings, Path(folder), 0, device)
        on_gpu = torch.device(device).type == "cuda"
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
        clock = loop.begin(WARM + steps)
        waiting = clock.loading()
        if on_gpu:  # once more, since profiling takes time itself
            with profile(activities=activities) as profiled:
                again = loop_again(task, settings, Path(folder) / "again", device, steps)
            busy = sum(event.self_device_time_total for event in profiled.key_averages()) / 1e6
            waiting = max(0.0, 1.0 - busy / (again.ended[-1] - again.began[0]))
        macs = 3 * step_macs(task, settings)
        kind = loop.precision.kind or torch.float32
    rate = steps / clock.seconds()
    return {
        "steps a second": rate,
        "ms a step": 1e3 / rate,
        "waiting": waiting,
        "MFU": 2 * macs * rate / peak(device, kind),
    }


def loop_again(task: Task, settings: TrainSettings, folder: Path, device: str, steps: int) -> Clock:
    """Return the clock of another training of as many steps."""
    return Timed(task, settings, folder, 0, device).begin(WARM + steps)


def step_macs(task: Task, settings: TrainSettings) -> int:
    """Return the multiply-accumulates of a step's forward pass."""
    batches = [task.load(batch) for batch in task.batches(0)[: settings.accumulation]]
    task.model.train()
    return multiply_accumulates(lambda: [task.losses(batch) for batch in batches])


def peak(device: str, kind: torch.dtype) -> float:
    """Return the floating-point operations a second of one large product on the device."""
    left = torch.randn(SIZE, SIZE, device=device, dtype=kind)
    seconds = []
    for _ in range(5):
        begin = time.monotonic()
        (left @ left)[0, 0].item()
        seconds.append(time.monotonic() - begin)
    return float(2 * SIZE**3 / min(seconds))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("method")
    parser.add_argument("--variant")
    parser.add_argument("--dataset", default="soundscapes")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        request = RunRequest(
            asked.method,
            asked.dataset,
            asked.variant,
            asked.preset,
            changes=assignments(asked.set),
            options=DatasetOptions(),
            output=Path(folder),
            device=asked.device,
        )
        prepared = prepare(request, manager.load().registries)
        device = prepared.context.device
        rows = [
            {"stage": name, **measure(task, settings, device, asked.steps)} for name, task, settings in stages(prepared)
        ]
    columns = [Column("stage"), Column("steps a second", form=".2f"), Column("ms a step", form=".1f")]
    columns += [Column("waiting", form=".1%"), Column("MFU", form=".2%")]
    print(render(Table(columns, [[row[column.name] for column in columns] for row in rows])))


if __name__ == "__main__":
    main()
