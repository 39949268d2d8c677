"""A stretch of bytes inside a file, such as a member of a tar archive, read without unpacking."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

SEPARATOR = "::"  # between a file and a part's name where both are one text


@dataclass(frozen=True, slots=True)
class FilePart:
    """`size` bytes of `file` from `offset` on; `name` tells the parts of one file apart."""

    file: Path
    name: str
    offset: int
    size: int

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
