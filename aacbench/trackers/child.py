"""A tracker's process: `python -m aacbench.trackers.child`, told by JSON lines on standard input what to do.

The first line names the factory, its settings and the run; each other one has `values` and `step`. The end of the input
is the end of the run, however that came; a tracker that takes longer than `CLOSING` to close is ended by the system.
"""

from __future__ import annotations

import json
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from aacbench.contracts.specs import load
from aacbench.contracts.trackers import TrackedRun, Tracker

CLOSING = 20.0  # seconds


def main() -> None:
    """Do what standard input says until it ends."""
    head = json.loads(sys.stdin.readline())
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(lines, float(head["closing"])), daemon=True).start()
    tracker: Tracker = load(head["factory"])(**head["settings"])
    tracker.start(tracked_run(head["run"]))
    while (line := lines.get()) is not None:
        entry = json.loads(line)
        tracker.log(entry["values"], entry["step"])
    tracker.close()


def _read(lines: queue.Queue[str | None], closing: float) -> None:
    """Take in what is said; from its end on the process has `closing` seconds to live."""
    for line in sys.stdin:
        lines.put(line)
    signal.setitimer(signal.ITIMER_REAL, closing)  # SIGALRM ends the process even inside a library that never returns
    lines.put(None)


def plain_run(run: TrackedRun) -> dict[str, Any]:
    """Return a run as JSON."""
    return {"id": run.id, "name": run.name, "folder": str(run.folder), "settings": dict(run.settings)}


def tracked_run(plain: dict[str, Any]) -> TrackedRun:
    """Return the run that `plain_run` gave."""
    return TrackedRun(plain["id"], plain["name"], Path(plain["folder"]), plain["settings"])


if __name__ == "__main__":
    main()
