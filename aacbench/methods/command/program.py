"""A program run with its lines read as they come: it may hang, die, or print without end."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from aacbench.errors import UserError

MOST = 2**22  # bytes of output without a line that was wanted
KEPT = 4000  # bytes of standard error, its end
STEP = 0.05


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: its exit code (negative: a signal), what it was stopped for, the end of its stderr."""

    code: int
    stopped: str
    stderr: str

    @property
    def why(self) -> str:
        """What went wrong; "" where nothing did."""
        if self.stopped:
            return self.stopped
        if self.code < 0:
            with suppress(ValueError):
                return f"died of {signal.Signals(-self.code).name}"
        return f"exit code {self.code}" if self.code else ""


def run_program(words: Sequence[str], folder: str | None, timeout: float, take: Callable[[bytes], bool]) -> Ended:
    """Run a program; `take` is given each line of its output and says whether it was wanted.

    It is stopped, with all that it started, when no wanted line came for `timeout` seconds.

    Raises:
        UserError: it cannot be started.
    """
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    except OSError as error:
        raise UserError(
            f"the program {words[0]!r} cannot be started ({error.strerror}); see the setting command"
        ) from error
    with process:
        try:
            return _Reading(process, timeout, take).to_the_end()
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


class _Reading:
    """Reads both outputs of a process until it ends or is stopped."""

    def __init__(self, process: subprocess.Popen[bytes], timeout: float, take: Callable[[bytes], bool]) -> None:
        self.process, self.timeout, self.take = process, timeout, take
        self.since, self.unwanted = time.monotonic(), 0
        self.line, self.stderr = b"", b""

    def to_the_end(self) -> Ended:
        stopped = self._read()
        if stopped:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        if self.line:
            self.take(self.line)
        return Ended(code, stopped, self.stderr.decode("utf-8", "replace"))

    def _read(self) -> str:
        """Return what the process has to be stopped for; "" where it ended."""
        with selectors.DefaultSelector() as selector:
            for pipe in (self.process.stdout, self.process.stderr):
                assert pipe is not None
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(STEP)
                if not ready and self.process.poll() is not None:
                    return ""  # what it started may hold the pipes open
                for key, _ in ready:
                    if not self._chunk(key.fileobj):  # type: ignore[arg-type]
                        selector.unregister(key.fileobj)
                if time.monotonic() - self.since > self.timeout:
                    return f"timed out after {self.timeout:g} s"
                if self.unwanted + len(self.line) > MOST:
                    return "printed too much"
        while self.process.poll() is None:  # it closed its outputs and goes on
            if time.monotonic() - self.since > self.timeout:
                return f"timed out after {self.timeout:g} s"
            time.sleep(STEP)
        return ""

    def _chunk(self, pipe: IO[bytes]) -> bool:
        chunk = os.read(pipe.fileno(), 2**16)
        if pipe is self.process.stderr:
            self.stderr = (self.stderr + chunk)[-KEPT:]
            return bool(chunk)
        *lines, self.line = (self.line + chunk).split(b"\n")
        for line in lines:
            if self.take(line):
                self.since, self.unwanted = time.monotonic(), 0
            else:
                self.unwanted += len(line) + 1
        return bool(chunk)
