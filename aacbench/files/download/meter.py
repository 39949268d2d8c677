"""A bar of bytes on standard error: how much, how fast, how long yet. Pipes and files get one line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Meter(Protocol):
    """Told how many bytes are there, and of how many, where that is known."""

    def show(self, done: int, total: int | None = None) -> None:
        """Show `done` of `total` bytes."""
        ...


class _Quiet:
    def show(self, done: int, total: int | None = None) -> None:
        return None


@contextmanager
def meter(title: str, shown: bool = True, verb: str = "fetching") -> Iterator[Meter]:
    """Yield a meter titled `title`; it draws on a terminal only."""
    if not shown or not sys.stderr.isatty():
        if shown:
            print(f"{verb} {title} ...", file=sys.stderr, flush=True)
        yield _Quiet()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task(f"{verb} {title}", total=None)

        class Drawn:
            def show(self, done: int, total: int | None = None) -> None:
                progress.update(task, completed=done, total=total)

        yield Drawn()
