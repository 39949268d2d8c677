"""Where the user says: plain files at once, pipes and terminals in place, open handles where they are."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aacbench.files.outputs import write_output

WRITER = """
import sys
from pathlib import Path
from aacbench.files.outputs import write_output
print("before")
write_output(Path(sys.argv[1]), "content\\n")
print("after")
"""


def test_a_pipe_is_written_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    content = "é" * 200_000
    write_output(pipe, content)  # more than a pipe holds
    reader.join()
    assert got == [content.encode()]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_a_terminal_is_written_and_stays_one() -> None:
    reading, terminal = pty.openpty()
    try:
        name = Path(os.ttyname(terminal))
        write_output(name, "content\n")
        assert os.read(reading, 100) == b"content\r\n"
        assert stat.S_ISCHR(name.stat().st_mode)
    finally:
        os.close(terminal)
        os.close(reading)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
def test_standard_output_goes_where_it_is_redirected(tmp_path: Path, name: str) -> None:
    if name == "link":
        (tmp_path / "link").symlink_to("/dev/stdout")
        name = str(tmp_path / "link")
    command = [sys.executable, "-c", WRITER, name]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"before\ncontent\nafter\n"
    with (tmp_path / "out").open("wb") as file:
        subprocess.run(command, stdout=file, check=True)
    assert (tmp_path / "out").read_bytes() == b"before\ncontent\nafter\n"
    assert os.path.islink(name)


def test_plain_files_and_links_to_them_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "a").symlink_to("victim")
    write_output(tmp_path / "a", b"raw")
    write_output(tmp_path / "new" / "b", "text")
    assert (tmp_path / "a").read_text() == "raw"
    assert (tmp_path / "victim").read_text() == "mine"
    assert (tmp_path / "new" / "b").read_text() == "text"


def test_a_folder_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=str(tmp_path)):
        write_output(tmp_path, "content")
