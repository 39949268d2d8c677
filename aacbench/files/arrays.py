"""Arrays on disk under a key: features, or what a frozen encoder made of them.

A file is one .npy record after another (numpy.load reads the first), then a trailer: the mark, the number of
arrays and the CRC-32 of what precedes the trailer and of that number, both as little-endian 32-bit numbers. A
file that is cut short or altered fails the check, counts as absent and is written again.
"""

from __future__ import annotations

import io
import os
import re
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aacbench.errors import UserError
from aacbench.files.atomic import atomic_path
from aacbench.files.cache_limit import counter
from aacbench.files.kept_arrays import DAY
from aacbench.files.safe_read import open_regular

_TRAILER = struct.Struct("<8sII")
_MARK = b"AACBARR1"
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{2,199}")


class UnwritableError(UserError):
    """The cache cannot be written: no matter of one clip."""


class ArrayCache:
    """A folder of arrays, in sub-folders by the key's first two characters.

    Keys are 3 to 200 letters, digits, dots, dashes and underscores; a content hash is one. What makes the
    arrays depend on more than the key (settings, weights) belongs in the folder's name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the arrays of `key` lie or would lie."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key for a file name: {key!r}")
        return self.folder / key[:2] / f"{key}.npy"

    def __contains__(self, key: str) -> bool:
        """Whether there is a file for `key`; only `get` finds out whether it is whole."""
        return self.path(key).is_file()

    def get(self, key: str) -> tuple[NDArray[Any], ...] | None:
        """Return the arrays of `key`, writable; None if there are none or their file is damaged."""
        path = self.path(key)
        try:
            with open_regular(path) as file:
                content = np.fromfile(file, dtype=np.uint8)
                used = os.fstat(file.fileno()).st_mtime
        except OSError:
            return None
        if time.time() - used > DAY:
            with suppress(OSError):  # a cache that others own is read all the same
                os.utime(path)
        return _unpacked(content)

    def put(self, key: str, arrays: Sequence[NDArray[Any]]) -> None:
        """Write the arrays of `key`, all of them or none.

        Raises:
            UnwritableError: the disk is full or the folder cannot be written.
        """
        target = self.path(key)
        content = _packed(arrays)
        try:
            with atomic_path(target) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            raise UnwritableError(
                f"cannot write to the cache folder {self.folder} ({error.strerror}); "
                "free some space, set a bound with --cache-limit, or set AACBENCH_HOME to a folder that can be written"
            ) from error
        counter.add(len(content))


def _packed(arrays: Sequence[NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    for array in arrays:
        np.lib.format.write_array(stream, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
    content = stream.getvalue()
    return content + _TRAILER.pack(_MARK, len(arrays), _checksum(content, len(arrays)))


def _checksum(content: bytes | memoryview, count: int) -> int:
    return zlib.crc32(count.to_bytes(4, "little"), zlib.crc32(content))


def _unpacked(content: NDArray[np.uint8]) -> tuple[NDArray[Any], ...] | None:
    end = len(content) - _TRAILER.size
    if end < 0:
        return None
    mark, count, checksum = _TRAILER.unpack(content[end:].tobytes())
    if mark != _MARK or checksum != _checksum(content[:end].data, count):
        return None
    try:
        return tuple(_records(content[:end], count))
    except Exception:  # sealed, but no arrays: numpy's reader of headers raises Python's own parser's errors, too
        return None


def _records(content: NDArray[np.uint8], count: int) -> Iterator[NDArray[Any]]:
    offset = 0
    for _ in range(count):
        header = io.BytesIO(content[offset : offset + 4096].tobytes())
        np.lib.format.read_magic(header)
        shape, _fortran, dtype = np.lib.format.read_array_header_1_0(header)
        first = offset + header.tell()
        offset = first + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        if dtype.kind not in "fiub":
            raise ValueError(f"arrays of {dtype}")
        yield np.require(content[first:offset].view(dtype).reshape(shape), requirements="A")
