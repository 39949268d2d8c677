"""The kernels compiled by another process while this one builds the index: a first score waits for both at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from aacbench.runtime.cores import cores

_COMPILE = "from aacbench.metrics.meteor.ahead import compile_kernels; compile_kernels()"


@contextmanager
def kernels_meanwhile() -> Iterator[None]:
    """Compile the kernels beside the block where there is a core for it; what fails there is done later, as ever."""
    if cores() < 2:
        yield
        return
    command, none = [sys.executable, "-P", "-c", _COMPILE], subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=none, stderr=none) as child:
        try:
            yield
            child.wait()
        finally:
            child.kill()


def compile_kernels() -> None:
    """Do the other process's part; it ends with the process that began it."""
    from aacbench.metrics.meteor.kernels import compile_ahead  # noqa: PLC0415 - numba, which the index does not want

    Thread(target=_end_with_the_other, daemon=True).start()
    compile_ahead()


def _end_with_the_other() -> None:
    """Wait for the other end of standard input to close."""
    sys.stdin.read()
    os._exit(1)
