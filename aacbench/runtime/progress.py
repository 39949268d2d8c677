"""Progress on standard error: bars on a terminal; anything else gets few lines and no control characters."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aacbench.runtime.distributed.process_group import world
from aacbench.runtime.verbosity import quiet, verbose

LINE_SECONDS = 30.0  # between two lines where there is no terminal
VERBOSE_SECONDS = 2.0  # the same with `--verbose`


class Bar(Protocol):
    """A bar that is told how much is done."""

    def update(self, done: int, **values: float) -> None:
        """Say that `done` units of the total are done, with numbers to show beside the bar."""
        ...


def status(text: str) -> None:
    """Print one line on standard error, unless `--quiet`; of the processes of one run, only the first does."""
    if world().rank == 0 and not quiet():
        print(text, file=sys.stderr, flush=True)


class _Lines:
    """A line at the start unless `late`, one every `LINE_SECONDS`, and one at the end of what took as long."""

    def __init__(self, title: str, total: int, late: bool) -> None:
        self.title, self.total = title, total
        self.first: int | None = None  # what an earlier run did
        self.begun = self.said = time.monotonic()
        if not late:
            status(f"{title} ...")

    def update(self, done: int, **values: float) -> None:
        now = time.monotonic()
        if self.first is None:
            self.first = done
        if now - self.said < (VERBOSE_SECONDS if verbose() else LINE_SECONDS) or not self.first < done < self.total:
            return
        self.said = now
        left = (now - self.begun) * (self.total - done) / (done - self.first)
        note = "".join(f", {name} {value:.3f}" for name, value in values.items())
        status(f"{self.title}: {done} of {self.total}{note}, about {_duration(left)} left")

    def end(self) -> None:
        if self.said > self.begun:
            status(f"{self.title}: done in {_duration(time.monotonic() - self.begun)}")


class _Rich:
    def __init__(self, shown: object, task: object) -> None:
        self.shown, self.task = shown, task

    def update(self, done: int, **values: float) -> None:
        text = " ".join(f"{name} {value:.3f}" for name, value in values.items())
        self.shown.update(self.task, completed=done, note=text)  # type: ignore[attr-defined]


@contextmanager
def progress(title: str, total: int, late: bool = False) -> Iterator[Bar]:
    """Yield a bar of `total` units; on anything but a terminal lines are printed, the more the longer it takes.

    With `late` there is no line at all for what is done at once.
    """
    if not sys.stderr.isatty() or world().rank or quiet():
        lines = _Lines(title, total, late)
        yield lines
        lines.end()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as shown:
        yield _Rich(shown, shown.add_task(title, total=total, note=""))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
