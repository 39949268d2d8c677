"""Content keys: the SHA-256 of a file, remembered while the file is unchanged."""

from __future__ import annotations

import builtins
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aacbench.errors import UserError
from aacbench.files.content import ContentIndex, content_key, remembered_key


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("AACBENCH_HOME", str(home))
    return home


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the .wav files that are opened from here on."""
    names: list[str] = []
    real: Callable[..., Any] = builtins.open

    def noting(file: Any, *arguments: Any, **options: Any) -> Any:
        if str(file).endswith(".wav"):
            names.append(str(file))
        return real(file, *arguments, **options)

    monkeypatch.setattr(builtins, "open", noting)
    return names


def audio(folder: Path, content: bytes = b"some audio", name: str = "a.wav") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_key_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    path = audio(tmp_path)
    assert content_key(path) == hashlib.sha256(b"some audio").hexdigest()


def test_unchanged_file_is_read_once(tmp_path: Path, opened: list[str]) -> None:
    path = audio(tmp_path)
    assert remembered_key(path) is None
    key = content_key(path)
    assert len(opened) == 1
    assert content_key(path) == remembered_key(path) == key
    assert len(opened) == 1


def test_memory_outlives_the_process(tmp_path: Path, own_home: Path) -> None:
    path = audio(tmp_path)
    file = own_home / "content" / "index.jsonl"
    assert content_key(path) == ContentIndex(file).remembered(path)


def test_changed_size_or_time_is_noticed(tmp_path: Path) -> None:
    path = audio(tmp_path)
    before = content_key(path)
    status = path.stat()
    path.write_bytes(b"some audiO")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert remembered_key(path) is None
    after = content_key(path)
    assert after != before and after == hashlib.sha256(b"some audiO").hexdigest()
    path.write_bytes(b"longer audio")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert content_key(path) == hashlib.sha256(b"longer audio").hexdigest()


def test_deleted_file_is_not_remembered_and_named(tmp_path: Path) -> None:
    path = audio(tmp_path)
    content_key(path)
    path.unlink()
    assert remembered_key(path) is None
    with pytest.raises(UserError, match=r"a\.wav cannot be read"):
        content_key(path)


def test_lines_that_are_not_whole_are_passed_over(tmp_path: Path) -> None:
    first, second = audio(tmp_path, b"1", "1.wav"), audio(tmp_path, b"2", " 2, ü.wav")
    file = tmp_path / "index.jsonl"
    ContentIndex(file).key(first)
    with open(file, "ab") as damaged:
        damaged.write(b'["/half/of/a/li')  # a process killed while it wrote
    ContentIndex(file).key(second)
    with open(file, "ab") as damaged:
        damaged.write(b'\n{"other": 1}\n[1, 2, 3, 4]\n["/x", 1]\nnull\n\xff\xfe\n')
    fresh = ContentIndex(file)
    assert fresh.remembered(first) == hashlib.sha256(b"1").hexdigest()
    assert fresh.remembered(second) == hashlib.sha256(b"2").hexdigest()


def test_memory_does_not_grow_without_end(tmp_path: Path) -> None:
    path = audio(tmp_path)
    file = tmp_path / "index.jsonl"
    key = ContentIndex(file).key(path)
    file.write_text(file.read_text() * 5000)
    assert ContentIndex(file).remembered(path) == key
    assert len(file.read_text().split("\n")) < 10
    assert ContentIndex(file).remembered(path) == key


def test_memory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    path = audio(tmp_path)
    index = ContentIndex(tmp_path / "no such folder" / "index.jsonl")
    assert index.key(path) == index.remembered(path) == hashlib.sha256(b"some audio").hexdigest()


def test_threads_share_one_memory(tmp_path: Path) -> None:
    paths = [audio(tmp_path, str(number).encode(), f"{number}.wav") for number in range(40)]
    index = ContentIndex(tmp_path / "index.jsonl")
    threads = [threading.Thread(target=lambda: [index.key(path) for path in paths]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = ContentIndex(tmp_path / "index.jsonl")
    expected = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(40)]
    assert [fresh.remembered(path) for path in paths] == expected


def test_an_altered_line_is_passed_over(tmp_path: Path) -> None:
    path, file = audio(tmp_path), tmp_path / "index.jsonl"
    key = ContentIndex(file).key(path)
    line = file.read_text()
    file.write_text(line.replace(key, key[::-1]))
    assert ContentIndex(file).remembered(path) is None
    assert ContentIndex(file).key(path) == key


def test_a_file_that_changed_under_its_old_date_is_refused(tmp_path: Path) -> None:
    path, index = audio(tmp_path), ContentIndex(tmp_path / "index.jsonl")
    key, status = index.key(path), path.stat()
    assert index.fresh(path) == key
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(UserError, match="damaged"):
        index.fresh(path)


def test_another_content_is_altered_and_another_date_is_not(tmp_path: Path) -> None:
    path, index = audio(tmp_path), ContentIndex(tmp_path / "index.jsonl")
    assert not index.altered(path), "never seen before"
    key = index.key(path)
    os.utime(path, (1, 1))
    assert not index.altered(path)
    assert index.remembered(path) == key
    whole = path.read_bytes()
    path.write_bytes(whole[::-1])
    assert index.altered(path)
    assert index.altered(path), "what it was is not forgotten"
    path.write_bytes(whole)
    assert not index.altered(path)


def test_what_another_process_appends_is_known(tmp_path: Path, opened: list[str]) -> None:
    first, second = audio(tmp_path, b"1", "1.wav"), audio(tmp_path, b"2", "2.wav")
    mine, other = ContentIndex(tmp_path / "index.jsonl"), ContentIndex(tmp_path / "index.jsonl")
    key = mine.key(first)
    assert other.key(first) == key
    other.key(second)
    opened.clear()
    assert mine.remembered(second) == hashlib.sha256(b"2").hexdigest()
    assert opened == []


def test_what_changed_since_it_was_read(tmp_path: Path) -> None:
    path, unread = audio(tmp_path, b"1", "1.wav"), audio(tmp_path, b"2", "2.wav")
    file = tmp_path / "index.jsonl"
    ContentIndex(file).key(unread)
    index, other = ContentIndex(file), ContentIndex(file)
    index.key(path)
    assert not index.changed_since_read(path)
    for place in (path, unread):
        place.write_bytes(b"3")
        os.utime(place, ns=(0, 1))
    assert index.changed_since_read(path)
    assert index.changed_since_read(path)  # and stays so
    assert not index.changed_since_read(unread)  # this process made nothing of it
    other.key(unread)
    path.write_bytes(b"4")
    os.utime(path, ns=(0, 2))
    assert not ContentIndex(file).changed_since_read(path)
