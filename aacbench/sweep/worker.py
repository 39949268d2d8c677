"""A sweep's child: `python -m aacbench.sweep.worker run ...` is `aacbench run ...` that does not outlive the sweep.

The sweep holds the other end of standard input and never writes. When the sweep is gone, however it died, the system
closes that end, and the child kills its process group: itself and every process that it started. A run may be killed
at any moment; it goes on from there.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    """Run the command line with this process's arguments."""
    life = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_die_with, args=(life,), daemon=True).start()
    sys.argv[0] = "aacbench"
    runpy.run_module("aacbench", run_name="__main__", alter_sys=True)


def _die_with(life: int) -> None:
    """Wait for the end of the sweep."""
    while os.read(life, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
