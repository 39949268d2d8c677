"""A run of two processes in which something goes wrong; `python failing.py WHAT FOLDER` starts it."""

from __future__ import annotations

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from aacbench.cli import guarded
from aacbench.errors import UserError
from aacbench.runtime.distributed.collectives import map_ranks, on_rank_zero
from aacbench.runtime.distributed.launch import launch
from aacbench.runtime.distributed.process_group import together, world


def work(what: str, folder: Path) -> None:
    with together("cpu"):
        (folder / str(world().rank)).write_text(str(os.getpid()))
        map_ranks([1, 2], str)
        if what == "one raises" and world().rank == 1:
            raise UserError("clip a.wav is gone; put it back")
        if what == "all raise":
            on_rank_zero(refuse)("there is no such split")
        if what == "unforeseen" and world().rank == 1:
            raise ValueError("seven")
        if what == "killed" and world().rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "sleeping":
            time.sleep(600)
        map_ranks([1, 2], str)


def refuse(message: str) -> None:
    raise UserError(message)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started with it ignored
    guarded(lambda: launch(partial(guarded, partial(work, sys.argv[1], Path(sys.argv[2]))), 2))
