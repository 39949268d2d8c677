"""A tracker in a process of its own: whatever it raises, prints or hangs in, the run neither stops nor waits for it."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aacbench.contracts.trackers import TrackedRun
from aacbench.errors import cut
from aacbench.runtime.progress import status
from aacbench.trackers.child import CLOSING, plain_run

HELD = 100_000  # entries that wait for a slow tracker; more are dropped


class Isolated:
    """The tracker that `factory` ("package.module:attribute") makes of `settings`, at the other end of a pipe.

    The process is started with the first entry, so that a finished run that is looked at again starts none. What it
    prints goes to `log`.
    """

    def __init__(self, name: str, factory: str, settings: Mapping[str, Any], log: Path, closing: float = CLOSING):
        self.name, self.factory, self.settings, self.path, self.closing = name, factory, settings, log, closing
        self.run: TrackedRun | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.entries: queue.Queue[str | None] = queue.Queue(HELD)
        self.writer: threading.Thread | None = None
        self.broken = False

    def start(self, run: TrackedRun) -> None:
        """Remember the run."""
        self.run = run

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Hand an entry over; never waits."""
        if self.broken:
            return
        if self.process is None and not self._launch():
            return
        if self.process is not None and self.process.poll() is not None:
            self._give_up(self._reason())
            return
        with suppress(queue.Full):
            self.entries.put_nowait(json.dumps({"values": dict(values), "step": step}))

    def close(self) -> None:
        """Let the tracker finish, for `closing` seconds at most; then its process group is killed."""
        if self.process is None:
            return
        deadline = time.monotonic() + self.closing
        with suppress(queue.Full):
            self.entries.put(None, timeout=self.closing)
        try:
            code = self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            code = -signal.SIGALRM
        if code == -signal.SIGALRM:  # ended here or, as soon, by the alarm that the process sets itself
            self._give_up(f"it did not end within {self.closing:g} seconds")
        elif code and not self.broken:
            self._give_up(self._reason())
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it may have left running, too
        self.process.wait()
        if self.writer is not None:
            self.writer.join(1.0)
        self.process = None

    def _launch(self) -> bool:
        assert self.run is not None, "a tracker is started before it logs"
        head = {"factory": self.factory, "settings": dict(self.settings), "run": plain_run(self.run)}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as output:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "aacbench.trackers.child"],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            self._give_up(str(error))
            return False
        self.entries.put(json.dumps({**head, "closing": self.closing}, default=str))
        self.writer = threading.Thread(target=self._write, args=(self.process,), daemon=True)
        self.writer.start()
        return True

    def _write(self, process: subprocess.Popen[bytes]) -> None:
        """Write what was handed over; where the process is gone, nobody reads it, and `log` or `close` says so."""
        assert process.stdin is not None
        with suppress(OSError, ValueError):
            while (entry := self.entries.get()) is not None:
                process.stdin.write(entry.encode() + b"\n")
                process.stdin.flush()
        with suppress(OSError, ValueError):
            process.stdin.close()

    def _give_up(self, reason: str) -> None:
        self.broken = True
        status(f"the tracker {self.name} stopped ({reason}); the run goes on, and its log.jsonl files have everything")

    def _reason(self) -> str:
        """Return the last line that the process printed."""
        lines = [line for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return f"{cut(lines[-1].strip(), 200)}; {self.path}" if lines else f"it ended; {self.path}"
