"""The sweep's only loop: starts runs where there is room, settles those that ended, tries failed ones again.

What a run's folder says decides, again right before it is started: another sweep may have finished it meanwhile, or be
at work in it. Of the runs that wait, one is preferred that is no kin of a running one, so that two do not wait for the
same pretraining.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.runs.record import RunRecord
from aacbench.sweep.jobs import LOG, Ended, Executor, Job
from aacbench.sweep.plan import Planned, resolved
from aacbench.sweep.state import is_locked, state_of

Where = Literal["missing", "started", "running", "elsewhere", "finished", "failed", "other settings"]
PAUSE = 0.2
ELSEWHERE = 2.0  # seconds between two looks at a folder that another process has
SETTLED = ("finished", "failed", "other settings")


@dataclass
class Item:
    """A run with where it stands; without attempts it was finished before, or waits."""

    run: Planned
    state: Where
    note: str = ""
    record: RunRecord | None = None
    attempts: int = 0
    began: float | None = None
    spent: float = 0.0
    not_before: float = 0.0

    @property
    def log(self) -> Path | None:
        """Where its output goes."""
        return self.run.folder / LOG if self.run.folder else None

    @property
    def settled(self) -> bool:
        """Whether nothing more will be done about it."""
        return self.state in SETTLED

    @property
    def seconds(self) -> float:
        """Seconds that this sweep has spent on it."""
        return self.spent + (time.monotonic() - self.began if self.began is not None else 0.0)


Told = Callable[[Sequence[Item], Item | None], None]
"""Is told all items: after each change which one it was, and in between."""


def look(runs: Sequence[Planned], registries: Registries, replace: bool = False) -> list[Item]:
    """Return the runs with where they stand; with `replace`, one with other settings counts as started."""
    items = []
    for run in runs:
        item = Item(run, "missing")
        _look(item, registries, replace)
        items.append(item)
    return items


@dataclass
class Scheduler:
    """Carries out the items with an executor. `processes` and `retries` as in the file's resources."""

    items: Sequence[Item]
    executor: Executor
    registries: Registries
    tell: Told
    processes: int = 1
    retries: int = 2
    replace: bool = False

    def run(self) -> None:
        """Go on until every item is settled; on any exception what is running is stopped."""
        try:
            while not all(item.settled for item in self.items):
                for index, ended in self.executor.ended():
                    self._settle(self.items[index], ended)
                self._revisit()
                while self.executor.room() and (item := self._next()) is not None:
                    self._start(item)
                self.tell(self.items, None)
                time.sleep(PAUSE)
        finally:
            for item in self.items:
                if item.state == "running" and item.began is not None:
                    item.state, item.note, item.spent, item.began = "started", "stopped", item.seconds, None
            self.executor.stop()

    def _next(self) -> Item | None:
        """Return the run to start: begun ones first, then those that are no kin of running ones, in their order."""
        now = time.monotonic()
        ready = [
            item
            for item in self.items
            if item.state in ("missing", "started") and item.not_before <= now and self._members_finished(item)
        ]
        kin = {item.run.kin for item in self.items if item.state == "running"}
        return min(ready, key=lambda item: (item.run.kin in kin, item.state != "started"), default=None)

    def _members_finished(self, item: Item) -> bool:
        """Whether the runs that it is made of are there; where one failed, so has this one."""
        members = [one for one in self.items if one.run.folder in item.run.after] if item.run.after else []
        if all(one.state == "finished" for one in members):
            return True
        lost = next((one for one in members if one.state in ("failed", "other settings")), None)
        if lost is not None:
            self._change(item, "failed", f"its member {lost.run.name} is missing ({lost.state})")
        return False

    def _start(self, item: Item) -> None:
        """Start a run, unless its folder says that there is nothing to do or that another process does it."""
        try:
            if item.run.after:
                item.run = resolved(item.run, self.registries)
            folder = item.run.folder
            assert folder is not None
            if is_locked(folder):
                self._elsewhere(item)
                return
            _look(item, self.registries, self.replace)
            if item.settled:
                self.tell(self.items, item)
                return
            folder.mkdir(parents=True, exist_ok=True)
            command = item.run.command(self.processes)
            self.executor.start(self.items.index(item), Job(command, str(folder.resolve()), os.getcwd()))
        except (UserError, OSError) as error:
            self._change(item, "failed", str(error))
            return
        item.attempts += 1
        item.began = time.monotonic()
        self._change(item, "running", f"attempt {item.attempts}" if item.attempts > 1 else "")

    def _settle(self, item: Item, ended: Ended) -> None:
        """Say what became of a run that ended; one that failed, not by a mistake, is started again later."""
        item.spent, item.began = item.seconds, None
        if ended.busy:
            item.attempts -= 1
            self._elsewhere(item)
            return
        _look(item, self.registries, self.replace)
        if ended.code == 0 and item.state == "finished":
            self._change(item, "finished", "")
        elif ended.code == 0 and item.state == "other settings":
            self._change(item, "other settings", item.note)
        elif ended.mistake or item.attempts > self.retries:
            self._change(item, "failed", ended.reason or "it ended well, but left no record")
        else:
            item.not_before = time.monotonic() + min(30.0, 0.5 * 2**item.attempts)
            self._change(item, "started", f"{ended.reason or 'no record'}; again ({item.attempts} of {self.retries})")

    def _elsewhere(self, item: Item) -> None:
        item.not_before = time.monotonic() + ELSEWHERE
        self._change(item, "elsewhere", "another process is at work in it; waiting")

    def _revisit(self) -> None:
        """Look again at runs that other processes had."""
        now = time.monotonic()
        for item in self.items:
            if item.state == "elsewhere" and item.not_before <= now:
                item.not_before = now + ELSEWHERE
                if item.run.folder is not None and not is_locked(item.run.folder):
                    _look(item, self.registries, self.replace)
                    self.tell(self.items, item)

    def _change(self, item: Item, state: Where, note: str) -> None:
        item.state, item.note = state, note
        self.tell(self.items, item)


def _look(item: Item, registries: Registries, replace: bool) -> None:
    """Read where a run stands from its folder."""
    item.state, item.note, item.record = state_of(item.run, registries)
    if replace and item.state == "other settings":
        item.state = "started"
