"""What a file holds, as the SHA-256 of its bytes, remembered so that an unchanged file is read only once.

The memory is a file of JSON lines [path, bytes, modification time in ns, SHA-256, CRC-32 of the four] in the cache
folder "content". Lines are appended in one write each, so that several processes may add to it; a line that is not
whole or was altered is passed over and costs no more than reading that file again. A file counts as unchanged while
its path, size and modification time are; `fresh_key` reads it all the same. Files that aacbench made, and must stay as
they are, are remembered in "made.jsonl". What other processes append is read where a file is not known. A part of a
file (`FilePart`) is known in the same way as a whole one.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.cache_dir import cache, home
from aacbench.files.file_part import SEPARATOR, FilePart
from aacbench.files.partial import open_plain
from aacbench.files.safe_read import open_regular, parse_json
from aacbench.files.watch import note_doubt, note_known

Stamp = tuple[int, int]  # bytes, and the file's modification time in ns
Stored = Path | FilePart
MADE = "made.jsonl"


def content_key(path: Stored) -> str:
    """Return the SHA-256 (hex) of the bytes of `path`, from memory where the file is unchanged.

    Raises:
        UserError: the file is missing or cannot be read.
    """
    _tell(path)
    return _index(home()).key(path)


def remembered_key(path: Stored) -> str | None:
    """Return the content key of `path` if it is remembered and the file unchanged, without reading it."""
    return _index(home()).remembered(path)


def fresh_key(path: Stored) -> str:
    """Return the SHA-256 (hex) of the bytes of `path`, read now.

    Raises:
        UserError: the file is missing or cannot be read, or its bytes changed while its size and date did not.
    """
    _tell(path)
    return _index(home()).fresh(path)


def changed_since_read(path: Stored) -> bool:
    """Whether `path` holds something else than it did when this process first asked for its key.

    Raises:
        UserError: the file is missing or cannot be read.
    """
    return _index(home()).changed_since_read(path)


def note_made(paths: Iterable[Path]) -> None:
    """Remember what files hold that aacbench made itself, unless that was done before.

    Raises:
        UserError: one is missing or cannot be read.
    """
    index = _index(home(), MADE)
    for path in paths:
        index.key(path)


def altered(path: Path) -> bool:
    """Whether a file that aacbench made holds something else than `note_made` remembers; a new date does not count."""
    return _index(home(), MADE).altered(path)


def _tell(path: Stored) -> None:
    note_known(path) if isinstance(path, Path) else note_doubt("a part of a file")


class ContentIndex:
    """The memory of content keys in one file; safe with threads and with other processes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Stamp, str]] | None = None
        self._end = 0  # of what was read of the file
        self._given: set[str] = set()  # what this process asked for, and of these what changed afterwards
        self._changed: set[str] = set()

    def key(self, path: Stored) -> str:
        """Return the SHA-256 (hex) of the bytes of `path`."""
        remembered = self.remembered(path)
        return remembered if remembered is not None else self.fresh(path)

    def fresh(self, path: Stored) -> str:
        """Return the SHA-256 (hex) of the bytes of `path`, which are read in any case."""
        remembered = self.remembered(path)
        name = location(path)
        stamp, digest = _read(path)
        if remembered is None:
            self._remember(name, stamp, digest)
        elif digest != remembered:
            raise UserError(
                f"{path} is damaged: its bytes are not those it had, with the same size and date; put the right file "
                "there, or delete it if aacbench made it"
            )
        return digest

    def altered(self, path: Stored) -> bool:
        """Whether `path` is remembered with other content than it has now."""
        name = location(path)
        with self._lock:
            entry = self._load().get(name)
        if entry is None or self.remembered(path) is not None:
            return False
        stamp, digest = _read(path)
        if digest == entry[1]:
            self._remember(name, stamp, digest)
        return digest != entry[1]

    def remembered(self, path: Stored) -> str | None:
        """Return the key of `path` if it is remembered and the file is there, unchanged."""
        name = location(path)
        try:
            stamp = _stamp(path)
        except OSError:
            return None
        with self._lock:
            entry = self._load().get(name)
            if entry is None or entry[0] != stamp:
                entry = self._appended().get(name)
            if entry is None or entry[0] != stamp:
                return None
            self._given.add(name)
        return entry[1]

    def changed_since_read(self, path: Stored) -> bool:
        """Whether `path` holds something else than when its key was first asked for in this process."""
        name = location(path)
        if name in self._given and self.remembered(path) is None:
            self.fresh(path)
        return name in self._changed

    def _load(self) -> dict[str, tuple[Stamp, str]]:
        if self._known is None:
            self._known, count = {}, 0
            for line in self._lines():
                count += 1
                if (entry := _parsed(line)) is not None:
                    self._known[entry[0]] = entry[1]
            if count > 2 * len(self._known) + 1000:
                self._compact()
        return self._known

    def _appended(self) -> dict[str, tuple[Stamp, str]]:
        """Return what is known, with what other processes have appended meanwhile."""
        known = self._load()
        for name, (stamp, digest) in filter(None, map(_parsed, self._lines())):
            self._note(name, stamp, digest)
        return known

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines that were not read yet."""
        with suppress(OSError):
            size = os.stat(self.file).st_size
            if size == self._end:
                return
            with open_regular(self.file) as opened:
                opened.seek(self._end if size > self._end else 0)  # a shorter one was compacted
                yield from opened
                self._end = opened.tell()

    def _note(self, name: str, stamp: Stamp, digest: str) -> None:
        assert self._known is not None
        if name in self._given and (before := self._known.get(name)) is not None and before[1] != digest:
            self._changed.add(name)
        self._known[name] = (stamp, digest)

    def _compact(self) -> None:
        entries = (self._known or {}).items()
        try:
            atomic_write(self.file, b"".join(_line(name, stamp, digest) for name, (stamp, digest) in entries))
        except OSError:
            return

    def _remember(self, name: str, stamp: Stamp, digest: str) -> None:
        with self._lock:
            self._load()
            self._note(name, stamp, digest)
            self._given.add(name)
            try:  # a memory that cannot be written costs time in the next run, nothing else
                handle = open_plain(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                with os.fdopen(handle, "ab", buffering=0) as opened:
                    opened.write(_line(name, stamp, digest))
            except OSError:
                return


def location(path: Stored) -> str:
    """Return a text for where a file or a part of one lies: its absolute path, `ARCHIVE::NAME` for a part."""
    return os.path.abspath(path) if isinstance(path, Path) else f"{os.path.abspath(path.file)}{SEPARATOR}{path.name}"


def _read(path: Stored) -> tuple[Stamp, str]:
    try:
        stamp = _stamp(path)  # taken before reading: a change while reading is then seen the next time
        if isinstance(path, FilePart):
            return stamp, hashlib.sha256(path.read()).hexdigest()
        with open(path, "rb") as opened:
            return stamp, hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"file {location(path)} cannot be read ({error.strerror}); is it there?") from error


def _stamp(path: Stored) -> Stamp:
    status = os.stat(path if isinstance(path, Path) else path.file)
    return (status.st_size if isinstance(path, Path) else path.size), status.st_mtime_ns


def _line(name: str, stamp: Stamp, digest: str) -> bytes:
    # The blank line first keeps this line whole where another process was killed in the middle of its own.
    return b"\n" + json.dumps([name, *stamp, digest, _check(name, stamp, digest)]).encode() + b"\n"


def _parsed(line: bytes) -> tuple[str, tuple[Stamp, str]] | None:
    try:
        name, size, modified, digest, check = parse_json(line)
    except (ValueError, TypeError):
        return None
    whole = check == _check(name, (size, modified), digest)
    return (name, ((size, modified), digest)) if whole else None


def _check(name: str, stamp: Stamp, digest: str) -> int:
    return zlib.crc32(json.dumps([name, *stamp, digest]).encode())


@lru_cache(maxsize=8)
def _index(root: Path, name: str = "index.jsonl") -> ContentIndex:
    return ContentIndex(cache("content") / name)
