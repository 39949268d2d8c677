"""Writes are whole or absent; what killed writers leave is taken over or swept, what is being written never."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aacbench.files.atomic import atomic_path, atomic_write, sweep
from aacbench.files.cache_dir import home, sweep_daily

WRITER = """
import sys, time
from pathlib import Path
from aacbench.paths import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary:
    temporary.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


def begun(target: Path) -> subprocess.Popen[str]:
    """Return a process in the middle of writing `target`."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def killed(process: subprocess.Popen[str]) -> None:
    with process:
        process.send_signal(signal.SIGKILL)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_next_write_takes_over_what_a_killed_one_left(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    atomic_write(target, "old")
    killed(begun(target))
    assert names(tmp_path) == [".a.txt.part", "a.txt"]
    assert target.read_text() == "old"
    atomic_write(target, "new")
    assert names(tmp_path) == ["a.txt"]
    assert target.read_text() == "new"


def test_two_writers_do_not_meet_and_a_sweep_leaves_a_living_one_alone(tmp_path: Path) -> None:
    target = tmp_path / "below" / "a.txt"
    process = begun(target)
    atomic_write(target, "mine")
    assert target.read_text() == "mine"
    assert sweep(tmp_path, older=0.0) == 0
    assert names(target.parent) == [".a.txt.part", "a.txt"]
    killed(process)
    assert sweep(tmp_path) == 0, "younger than a minute"
    assert sweep(tmp_path, older=0.0) == 1
    assert names(target.parent) == ["a.txt"]


def test_threads_of_one_process_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic_path(target) as first, atomic_path(target) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_the_longest_names_can_be_written(tmp_path: Path, name: str) -> None:
    atomic_write(tmp_path / name, "content")
    assert names(tmp_path) == [name]


def test_an_error_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with pytest.raises(OSError, match=r"a\.txt"), atomic_path(target):
        raise OSError(28, os.strerror(28))
    assert names(tmp_path) == []


def test_the_cache_is_swept_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path))
    left = home() / "features" / ".a.npy.part"
    left.parent.mkdir()
    old = time.time() - 100_000
    for stamped, swept in ((None, True), (time.time() - 3600, False), (old, True)):
        left.touch()
        os.utime(left, (old, old))
        if stamped is not None:
            os.utime(home() / "swept", (stamped, stamped))
        sweep_daily()
        assert left.exists() != swept
