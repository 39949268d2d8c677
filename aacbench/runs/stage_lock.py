"""Whose turn it is to run a shared stage: one process a folder, and whoever waits says for whom.

The lock is the system's and ends with its owner, so that a killed run's turn passes to the next, which goes on from
its checkpoint. The owner's name beside it is for people alone.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from aacbench.files.atomic import atomic_write
from aacbench.runtime.progress import status


class StageLock:
    """The lock of the stage in `folder`, for the run in `run`."""

    def __init__(self, folder: Path, run: Path) -> None:
        self.name, self.run = folder.name, run
        self.lock = FileLock(f"{folder}.lock")
        self.owner = folder.with_name(f"{folder.name}.owner")

    def acquire(self) -> None:
        """Take the turn; wait for it, with a line on standard error, where another process has it."""
        try:
            self.lock.acquire(timeout=0)
        except Timeout:
            status(f"{self.name} is being computed by {self._owner()}; waiting for it ...")
            self.lock.acquire()
            status(f"{self.name} has come free; going on")
        with suppress(OSError):
            atomic_write(self.owner, f"{self.run} (process {os.getpid()} on {socket.gethostname()})")

    def release(self) -> None:
        """Let the next one have it."""
        with suppress(OSError):
            self.owner.unlink(missing_ok=True)
        self.lock.release()

    def _owner(self) -> str:
        try:
            return self.owner.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return "another process"
