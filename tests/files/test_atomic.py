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
from aacbench.files.atomic import atomic_path
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


def test_a_planted_link_at_the_part_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    victim.chmod(0o600)
    folder = tmp_path / "cloned"
    folder.mkdir()
    (folder / ".README.md.part").symlink_to(victim)
    atomic_write(folder / "README.md", "page")
    assert (folder / "README.md").read_text() == "page"
    assert victim.read_text() == "mine"
    assert victim.stat().st_mode & 0o777 == 0o600
    assert names(folder) == [".README.md.part", "README.md"]
    assert sweep(folder, older=0.0) == 0, "no file of ours"


@pytest.mark.parametrize("plant", ["dangling", "pipe", "folder"])
def test_whatever_lies_at_the_part_is_left_alone(tmp_path: Path, plant: str) -> None:
    part = tmp_path / ".a.part"
    if plant == "dangling":
        part.symlink_to(tmp_path / "elsewhere")
    elif plant == "pipe":
        os.mkfifo(part)
    else:
        part.mkdir()
    atomic_write(tmp_path / "a", "content")
    assert (tmp_path / "a").read_text() == "content"
    assert names(tmp_path) == [".a.part", "a"], "nothing was made at the link's end"


def test_a_link_at_the_target_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "a").symlink_to("victim")
    atomic_write(tmp_path / "a", "new")
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "victim").read_text() == "mine"


def test_a_pipe_or_a_folder_at_the_target_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match=name):
            atomic_write(tmp_path / name, "content")
    assert names(tmp_path) == ["folder", "pipe"]


def test_a_part_that_becomes_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    with pytest.raises(OSError, match="in the way"), atomic_path(tmp_path / "a") as temporary:  # noqa: PT012
        temporary.unlink()
        temporary.symlink_to(tmp_path / "victim")
    assert names(tmp_path) == ["victim"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_umask_is_kept(tmp_path: Path, umask: int, mode: int) -> None:
    left = tmp_path / ".a.part"
    left.write_text("of a killed writer")
    left.chmod(0o640)
    before = os.umask(umask)
    try:
        atomic_write(tmp_path / "a", "content")
        with atomic_path(tmp_path / "b") as first, atomic_path(tmp_path / "b") as second:
            first.touch()
            second.touch()
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"] == [mode, mode]
    assert names(tmp_path) == ["a", "b"]
