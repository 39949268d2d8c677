"""Progress bars on standard error: long work shows where it stands; a file or a pipe gets no control characters."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Bar(Protocol):
    """A bar that is told how much is done."""

    def update(self, done: int, **values: float) -> None:
        """Say that `done` units of the total are done, with numbers to show beside the bar."""
        ...


class _Silent:
    def update(self, done: int, **values: float) -> None:
        return None


class _Rich:
    def __init__(self, shown: object, task: object) -> None:
        self.shown, self.task = shown, task

    def update(self, done: int, **values: float) -> None:
        text = " ".join(f"{name} {value:.3f}" for name, value in values.items())
        self.shown.update(self.task, completed=done, note=text)  # type: ignore[attr-defined]


@contextmanager
def progress(title: str, total: int) -> Iterator[Bar]:
    """Yield a bar of `total` units; on anything but a terminal only a line at the start is printed."""
    if not sys.stderr.isatty():
        print(f"{title} ...", file=sys.stderr, flush=True)
        yield _Silent()
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
