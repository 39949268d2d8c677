"""A tracker that raises, hangs, floods or dies: the run notices nothing but a line, and waits for nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aacbench.contracts import TrackedRun
from aacbench.trackers.isolated import Isolated

BROKEN = """
import os, sys, time
class Base:
    def __init__(self, where="log"): self.where = where
    def do(self, where):
        if where == self.where: self.act()
    def start(self, run): self.do("start")
    def log(self, values, step): self.do("log")
    def close(self): self.do("close")
class Raises(Base):
    def act(self): raise ValueError("no such project")
class Hangs(Base):
    def act(self): time.sleep(10**6)
class Spins(Base):
    def act(self):
        while True: pass
class Dies(Base):
    def act(self): os._exit(3)
class Alarmed(Base):
    def act(self):
        import signal
        os.kill(os.getpid(), signal.SIGALRM)
class Floods(Base):
    def act(self):
        for _ in range(3): print("x" * 10**6, file=sys.stderr)
class Leaves(Base):
    def act(self):
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
        open("left", "w").write(str(child.pid))
"""


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "broken_trackers.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begun(folder: Path, kind: str, where: str, closing: float = 2.0) -> Isolated:
    """Return a tracker that was told a thousand entries, 250 kB: more than a pipe holds."""
    tracker = Isolated(f"{kind}-{where}", f"broken_trackers:{kind}", {"where": where}, folder / f"{kind}.log", closing)
    tracker.start(TrackedRun("id", "run", folder))
    for step in range(1000):
        tracker.log({f"part/{'long' * 50}": 1.0}, step)
    return tracker


def wait_for_end(tracker: Isolated) -> None:
    assert tracker.process is not None
    tracker.process.wait(60)


def test_nothing_that_it_does_reaches_the_run(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin = time.monotonic()
    kinds = [(kind, where) for kind in ("Raises", "Hangs", "Spins", "Dies") for where in ("start", "log", "close")]
    trackers = [begun(broken, kind, where) for kind, where in kinds]
    assert time.monotonic() - begin < 10.0
    for tracker, (kind, where) in zip(trackers, kinds, strict=True):
        if kind in ("Raises", "Dies") and where != "close":
            wait_for_end(tracker)
            tracker.log({"part/loss": 1.0}, 1000)
            tracker.log({"part/loss": 1.0}, 1001)  # by now it is known
    with ThreadPoolExecutor(len(trackers)) as pool:
        begin = time.monotonic()
        [*pool.map(Isolated.close, trackers)]
        assert time.monotonic() - begin < 20.0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(kinds)
    for kind, where in kinds:
        (said,) = (line for line in lines if f"the tracker {kind}-{where} stopped (" in line)
        assert "the run goes on" in said
    assert sum("ValueError: no such project" in line for line in lines) >= 2


def test_the_alarm_of_its_own_process_is_said_as_the_wait_is(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun(broken, "Alarmed", "close", 60.0).close()
    assert "the tracker Alarmed-close stopped (it did not end within 60 seconds)" in capsys.readouterr().err


def test_a_factory_that_is_not_there_is_said(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracker = begun(broken, "Missing", "log")
    wait_for_end(tracker)
    tracker.close()
    assert "the tracker Missing-log stopped (aacbench.errors.AacbenchError: cannot import" in capsys.readouterr().err


def test_what_it_prints_goes_to_its_log(broken: Path, capfd: pytest.CaptureFixture[str]) -> None:
    begun(broken, "Floods", "start", 60.0).close()
    assert capfd.readouterr().err == ""
    assert (broken / "Floods.log").stat().st_size > 3 * 10**6


def test_processes_that_it_leaves_are_ended(broken: Path) -> None:
    begun(broken, "Leaves", "start", 60.0).close()
    pid = int((broken / "left").read_text())
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("still there")


def test_a_run_without_numbers_starts_nothing(tmp_path: Path) -> None:
    tracker = Isolated("it", "nowhere:Nothing", {}, tmp_path / "it.log")
    tracker.start(TrackedRun("id", "run", tmp_path))
    tracker.close()
    assert not (tmp_path / "it.log").exists()


PARENT = """
import sys, time
from pathlib import Path
from aacbench.contracts import TrackedRun
from aacbench.trackers.isolated import Isolated
tracker = Isolated("it", sys.argv[1], {"where": "close"} if "broken" in sys.argv[1] else {}, Path("it.log"), 2.0)
tracker.start(TrackedRun("id", "run", Path.cwd()))
tracker.log({"part/loss": 1.0}, 1)
print(tracker.process.pid, flush=True)
time.sleep(100)
"""


@pytest.mark.parametrize("factory", ["aacbench.trackers.jsonl:JsonLines", "broken_trackers:Spins"])
def test_a_killed_run_leaves_no_tracker_behind(broken: Path, factory: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, factory], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(1.0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(80):
        if not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text():
            break
        time.sleep(0.1)
    else:
        os.kill(pid, signal.SIGKILL)
        raise AssertionError("still there")
    if "jsonl" in factory:
        assert '"part/loss": 1.0' in (broken / "log.jsonl").read_text()
