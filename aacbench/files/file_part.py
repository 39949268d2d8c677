"""A stretch of bytes inside a file, such as a member of a tar archive, read without unpacking."""

from __future__ import annotations

import errno
import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

SEPARATOR = "::"  # between a file and a part's name where both are one text


@dataclass(frozen=True, slots=True)
class FilePart:
    """`size` bytes of `file` from `offset` on; `name` tells the parts of one file apart."""

    file: Path
    name: str
    offset: int
    size: int

    def open(self) -> BinaryIO:
        """Return the bytes as a file of their own, read as they are asked for; raises `OSError` as opening does."""
        return cast(BinaryIO, io.BufferedReader(_Window(self), 2**16))

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            OSError: the file cannot be read, or ends before the part does.
        """
        with self.file.open("rb") as opened:
            opened.seek(self.offset)
            content = opened.read(self.size)
        if len(content) != self.size:
            raise OSError(errno.EIO, f"it ends after {len(content):,} of {self.size:,} bytes of {self.name}")
        return content


class _Window(io.RawIOBase):
    """A stretch of a file that reads as a file."""

    def __init__(self, part: FilePart) -> None:
        self._file = part.file.open("rb", buffering=0)
        self._part, self._position = part, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._part.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the wider type has no name
        left = max(0, self._part.size - self._position)
        self._file.seek(self._part.offset + self._position)
        count = self._file.readinto(memoryview(buffer)[:left]) if left else 0
        self._position += count or 0
        return count or 0

    def close(self) -> None:
        self._file.close()
        super().close()
