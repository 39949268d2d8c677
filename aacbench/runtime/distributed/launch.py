"""Starts the processes of one run on this machine and sees all of them out: none outlives the others, or this one.

Each is told by torchrun's variables which it is. What goes wrong is said by the process it went wrong in
(`ending.fail`), or here where it cannot: killed, or lost to the others.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from aacbench.errors import AacbenchError
from aacbench.runtime.children import safe_path
from aacbench.runtime.distributed.process_group import require_accelerate
from aacbench.runtime.exit import LOST

GRACE = 5.0  # seconds that processes have to end by themselves, and then to obey


def launch(main: Callable[[], None], count: int) -> int:
    """Run `main` in `count` new processes; return the exit code of the run. `main` has to be picklable, and exits.

    Raises:
        UserError: accelerate is missing.
        AacbenchError: a process was killed, or could not be started.
    """
    require_accelerate()
    from torch.multiprocessing.spawn import start_processes  # noqa: PLC0415

    # torch's own warnings of a connection that broke would stand beside the one line that says why.
    threads = str(max(1, (os.cpu_count() or 1) // count))
    with safe_path(), _environment(OMP_NUM_THREADS=threads, TORCH_CPP_LOG_LEVEL="ERROR"):
        context = start_processes(  # type: ignore[no-untyped-call]
            _process, (main, count, _free_port()), count, join=False
        )
    try:
        return _outcome(_watched(context.processes))
    finally:
        _end(context.processes)


def _process(rank: int, main: Callable[[], None], count: int, port: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # also the sign that the launcher has died
    own = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
    os.environ.update({name: str(value) for name, value in own.items()})
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    if code:
        os._exit(code)  # at once: what is left of the others' exchange may never come


def _watched(processes: Sequence[Any]) -> list[int]:
    """Wait until all have ended, or one has failed and the others had their time; return the exit codes."""
    running = list(processes)
    until: float | None = None
    while running and (until is None or time.monotonic() < until):
        wait([process.sentinel for process in running], timeout=None if until is None else until - time.monotonic())
        running = [process for process in running if process.is_alive()]
        if until is None and any(process.exitcode for process in processes):
            until = time.monotonic() + GRACE
    return [process.exitcode or 0 for process in processes if process not in running]


def _outcome(codes: Sequence[int]) -> int:
    said = [code for code in codes if code > 0 and code != LOST]
    if said:
        return said[0]
    killed = [-code for code in codes if code < 0]
    if killed:
        name = signal.Signals(killed[0]).name
        more = "; the machine may be out of memory" if killed[0] == signal.SIGKILL else ""
        raise AacbenchError(f"a process of this run was ended by {name}{more}; the same command goes on from there")
    if LOST in codes:
        raise AacbenchError("the processes of this run lost one another; the same command goes on from there")
    return 0


def _end(processes: Sequence[Any]) -> None:
    for stop in ("terminate", "kill"):
        until = time.monotonic() + GRACE
        for process in processes:
            if process.is_alive():
                getattr(process, stop)()
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))


@contextmanager
def _environment(**defaults: str) -> Iterator[None]:
    """Set variables that are not set, for the block."""
    own = {name: value for name, value in defaults.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            del os.environ[name]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
