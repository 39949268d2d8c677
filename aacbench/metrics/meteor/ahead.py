"""The kernels compiled by another process while this one builds the index: a first score waits for both at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aacbench.runtime.cores import cores

_COMPILE = "from aacbench.metrics.meteor.apart import compile_kernels; compile_kernels()"


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
