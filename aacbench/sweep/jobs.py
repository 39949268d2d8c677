"""A run as a child process with a log, on whichever machine, and what its log says of its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aacbench.runtime import children

BUSY = "another process is at work in"  # how `aacbench run` says so
LOG = "run.log"
MISTAKE = 2
SHARED = "a sweep on a cluster wants the output and the working directory to be the same folders on all machines"
GRACE = 3.0  # seconds between asking a child to stop and killing it
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_TAIL = 16384


@dataclass(frozen=True)
class Job:
    """What is needed to start a run, as plain data: it travels to other machines."""

    command: tuple[str, ...]
    folder: str
    cwd: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended. `code` is its exit code, the negative signal's number, or None where nobody can tell."""

    code: int | None
    reason: str = ""

    @property
    def busy(self) -> bool:
        """Whether it gave way to another process that has the run's folder."""
        return self.code == MISTAKE and BUSY in self.reason

    @property
    def mistake(self) -> bool:
        """Whether trying again is of no use."""
        return self.code == MISTAKE and not self.busy


class Executor(Protocol):
    """Where runs are carried out. Names are the scheduler's own."""

    def room(self) -> bool:
        """Whether another run may be started now."""
        ...

    def start(self, name: int, job: Job) -> None:
        """Start a run."""
        ...

    def ended(self) -> list[tuple[int, Ended]]:
        """Return the runs that ended since they were last asked for."""
        ...

    def stop(self) -> None:
        """Stop every run, and what was started to carry them out."""
        ...


def launch(job: Job) -> subprocess.Popen[bytes]:
    """Start the child; its output is appended to the log in the run's folder.

    It leads a process group of its own and dies with the caller (`worker`).
    """
    log = Path(job.folder) / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    cwd = job.cwd if os.path.isdir(job.cwd) else None
    with log.open("ab") as output:
        said = f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {socket.gethostname()}: aacbench {' '.join(job.command)}\n"
        output.write(said.encode("utf-8", "surrogateescape"))
        output.flush()
        return subprocess.Popen(
            children.python("-m", "aacbench.sweep.worker", *job.command),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=children.environment({"PYTHONUNBUFFERED": "1", **job.environment}),
            start_new_session=True,
        )


def how_it_ended(job: Job, code: int) -> Ended:
    """Return the end of a child with its reason: the last thing that it said, or the signal."""
    if code == 0:
        return Ended(0)
    if code < 0:
        name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
        return Ended(code, f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else ""))
    lines = last_attempt(Path(job.folder) / LOG)
    said = [line for line in lines if line.startswith("aacbench: ")] or lines
    return Ended(code, said[-1].removeprefix("aacbench: ") if said else f"exit code {code}")


def carry_out(job: Job) -> Ended:
    """Run a child to its end on the machine of a cluster that this is called on."""
    if not os.path.isdir(job.cwd) or not os.path.isdir(job.folder):
        return Ended(MISTAKE, f"{socket.gethostname()} does not see {job.folder}; {SHARED}")
    return how_it_ended(job, launch(job).wait())


def last_attempt(log: Path) -> list[str]:
    """Return the last lines of a log, those of its last attempt; none where it cannot be read."""
    try:
        with log.open("rb") as handle:
            handle.seek(max(0, log.stat().st_size - _TAIL))
            lines = handle.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    starts = [index for index, line in enumerate(lines) if line.startswith("--- ")]
    return [line.strip() for line in lines[starts[-1] + 1 if starts else 0 :] if line.strip()]


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask children to stop, then kill their groups."""
    for process in processes:
        _signal(process, signal.SIGINT)
    deadline = time.monotonic() + GRACE
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in processes:
        _signal(process, signal.SIGKILL)  # the leader's children too, should it be gone
        process.wait()
        if process.stdin:
            process.stdin.close()


def _signal(process: subprocess.Popen[bytes], what: signal.Signals) -> None:
    try:
        os.killpg(process.pid, what)
    except (ProcessLookupError, PermissionError):  # gone; macOS refuses for zombies
        return
