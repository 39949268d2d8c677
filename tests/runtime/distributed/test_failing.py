"""A run of several processes ends as a whole: in one line, with a code, within seconds, and nobody is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "failing.py"
LINES = {
    "one raises": (2, "aacbench: clip a.wav is gone; put it back\n"),
    "all raise": (2, "aacbench: there is no such split\n"),
    "unforeseen": (1, "aacbench: unexpected ValueError: seven (traceback in "),
    "killed": (1, "aacbench: a process of this run was ended by SIGKILL; the machine may be out of memory; "),
}


def begun(what: str, folder: Path) -> subprocess.Popen[str]:
    home = {"AACBENCH_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, SCRIPT, what, folder], stderr=subprocess.PIPE, text=True, env={**os.environ, **home}
    )


def pids(folder: Path) -> list[int]:
    """Return the processes, once both have come."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found = [folder / name for name in "01" if (folder / name).exists() and (folder / name).read_text()]
        if len(found) == 2:
            return [int(path.read_text()) for path in found]
        time.sleep(0.1)
    raise AssertionError("they did not meet")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and not yet noticed by whoever has it now


def gone(processes: list[int]) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if not any(map(alive, processes)):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("what", LINES)
def test_what_goes_wrong_is_said_once(what: str, tmp_path: Path) -> None:
    process = begun(what, tmp_path)
    _, said = process.communicate(timeout=120)
    code, line = LINES[what]
    assert process.returncode == code, said
    assert said.startswith(line) and said.count("\n") == 1, said
    assert gone(pids(tmp_path))


@pytest.mark.skipif(sys.platform != "linux", reason="a process learns on Linux that the one that started it has died")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nobody_outlives_the_launcher(how: signal.Signals, tmp_path: Path) -> None:
    process = begun("sleeping", tmp_path)
    found = pids(tmp_path)
    process.send_signal(how)
    _, said = process.communicate(timeout=60)
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert said == "aacbench: stopped; the same command goes on from here\n"
    assert gone(found)
