"""Vectors by text, kept on disk for a model whose weights have a name: one small SQLite file a model.

Several processes may use one at once. A damaged or unwritable file costs time, never the work: each vector carries a
check sum of itself and its text, and one that does not fit is absent.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatRow = NDArray[np.float32]
_BATCH = 500  # texts a question; SQLite takes 999 values
_CHECK = 4  # bytes of a check sum


class VectorStore:
    """The vectors (float32) of texts in the file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, texts: Iterable[str]) -> dict[str, FloatRow]:
        """Return the vectors of those texts that are there."""
        keys = {_key(text): text for text in texts}
        vectors: dict[str, FloatRow] = {}
        try:
            with closing(self._open()) as store:
                for start in range(0, len(keys), _BATCH):
                    some = [*keys][start : start + _BATCH]
                    marks = ",".join("?" * len(some))
                    rows = store.execute(f"SELECT key, vector FROM checked WHERE key IN ({marks})", some)
                    found = ((key, _checked(key, stored)) for key, stored in rows)
                    vectors |= {keys[key]: vector for key, vector in found if vector is not None}
        except (sqlite3.DatabaseError, KeyError, TypeError):  # damaged, or another's
            self._discard()
            return {}
        return vectors

    def put(self, vectors: Mapping[str, FloatRow]) -> None:
        """Keep vectors; where that fails (a full disk), they are computed again next time."""
        rows = [(key, _with_check(key, row)) for key, row in ((_key(text), row) for text, row in vectors.items())]
        with suppress(sqlite3.Error, OSError), closing(self._open()) as store, store:
            store.executemany("INSERT OR REPLACE INTO checked VALUES (?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(self.path, timeout=30)
        store.execute("CREATE TABLE IF NOT EXISTS checked (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        return store

    def _discard(self) -> None:
        with suppress(OSError):
            self.path.unlink()


def _with_check(key: bytes, vector: FloatRow) -> bytes:
    content = np.ascontiguousarray(vector, np.float32).tobytes()
    return content + zlib.crc32(key + content).to_bytes(_CHECK, "little")


def _checked(key: Any, stored: Any) -> FloatRow | None:
    """Return a stored vector, None where it is not what was kept under its key."""
    if not isinstance(key, bytes) or not isinstance(stored, bytes) or len(stored) % 4 or len(stored) <= _CHECK:
        return None
    content, check = stored[:-_CHECK], int.from_bytes(stored[-_CHECK:], "little")
    return np.frombuffer(content, np.float32) if zlib.crc32(key + content) == check else None


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
