"""What work reads is noted, and its marks stand as long as it would read the same."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from aacbench.files.content import content_key
from aacbench.files.marks import marks, stand
from aacbench.files.watch import DoubtfulError, Watch, note_doubt, watched


def seen(work: object) -> Watch:
    with watched(Watch()) as watch:
        work()  # type: ignore[operator]
    return watch


def test_files_that_are_opened_known_and_listed_are_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "one.txt"
    file.write_text("one")
    assert content_key(file)
    watch = seen(lambda: (file.read_text(), [*file.parent.iterdir()]))
    assert (watch.opened, watch.listed, watch.doubt) == ({str(file)}, {str(file.parent)}, "")
    assert seen(lambda: content_key(file)).known == {str(file)}  # from memory
    assert seen(lambda: (tmp_path / "new.txt").write_text("")).opened == set()  # nothing is read
    file.read_text()
    assert watch.opened == {str(file)}


@pytest.mark.parametrize("how", ["opened", "known", "listed"])
def test_marks_fall_with_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / "one.txt"
    file.write_text("one")
    reads = {"opened": file.read_bytes, "known": lambda: content_key(file), "listed": lambda: os.listdir(folder)}
    taken = marks(seen(reads[how]))
    assert taken
    assert stand(taken)
    file.write_text("other")
    assert not stand(taken)
    file.unlink()
    assert not stand(taken)


def test_what_is_no_file_is_doubtful(tmp_path: Path) -> None:
    def connect() -> None:
        with socket.socket() as one:
            assert one.connect_ex(("127.0.0.1", 9))  # nobody listens there

    for work in (connect, lambda: sqlite3.connect(tmp_path / "one.db").close(), lambda: note_doubt("why")):
        watch = seen(work)
        assert watch.doubt
        assert marks(watch) is None
    with watched(Watch(strict=True)), pytest.raises(DoubtfulError):
        note_doubt("why")
    note_doubt("nobody watches")


def test_files_opened_while_python_ends_are_no_concern() -> None:
    code = (
        "import sys, aacbench.files.watch as module\n"
        "with module.watched(module.Watch()): pass\n"
        "class Late:\n"
        "    def __del__(self): sys.audit('open', 'late', 'r', 0)\n"
        "module.late, module._Open = Late(), None\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
