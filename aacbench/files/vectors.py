"""Vectors by text, kept on disk for a model whose weights have a name: one small SQLite file a model.

Several processes may use one at once. A damaged or unwritable file costs time, never the work.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatRow = NDArray[np.float32]
_BATCH = 500  # texts a question; SQLite takes 999 values


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
                    rows = store.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)
                    vectors |= {keys[key]: np.frombuffer(vector, np.float32) for key, vector in rows}
        except sqlite3.DatabaseError:
            self._discard()
            return {}
        return vectors

    def put(self, vectors: Mapping[str, FloatRow]) -> None:
        """Keep vectors; where that fails (a full disk), they are computed again next time."""
        rows = [(_key(text), np.ascontiguousarray(row, np.float32).tobytes()) for text, row in vectors.items()]
        with suppress(sqlite3.Error, OSError), closing(self._open()) as store, store:
            store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        store = sqlite3.connect(self.path, timeout=30)
        store.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        return store

    def _discard(self) -> None:
        with suppress(OSError):
            self.path.unlink()


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
