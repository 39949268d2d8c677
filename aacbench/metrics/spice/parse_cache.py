"""What captions say, kept on disk: the tuples of a sentence under a version of parser and rules.

References are parsed once, ever, and by whichever process comes first. The store is one SQLite file with
its usual locks (a journal and no shared memory, so that network file systems will do). Trouble with it
never stops a score: a damaged file is removed and begun anew, and where nothing can be written the
tuples stay in memory, with a warning. Each row carries the CRC-32 of all it says; one that is altered
counts as absent and is written again.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

from aacbench.errors import AacbenchError
from aacbench.files.cache_dir import cache
from aacbench.metrics.spice.tuples import Fact

FILE = "tuples.sqlite"
PATIENCE = 20.0
"""Seconds to wait for another process's lock."""
CHUNK = 500
"""Sentences asked for at once; SQLite's oldest bound on variables is 999."""
HELD = 100_000
"""Sentences whose tuples stay in memory, the latest ones, where the disk has them all: about 100 MB."""

Found = TypeVar("Found")

_TABLE = """
    CREATE TABLE IF NOT EXISTS tuples (
        version TEXT, sentence TEXT, facts TEXT, PRIMARY KEY (version, sentence)
    ) WITHOUT ROWID
"""


class TupleCache:
    """Tuples by sentence for one version, on disk and in memory."""

    def __init__(self, version: str, folder: Path | None = None) -> None:
        """Use the store in `folder`, by default aacbench's cache."""
        self.version = version
        self._memory: dict[str, list[Fact]] = {}
        self._path = self._place(folder)

    def get(self, sentences: Sequence[str]) -> dict[str, list[Fact]]:
        """Return the tuples of those sentences that are known."""
        unknown = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._memory]
        if unknown:
            self._memory.update(self._read(unknown))
        known = {sentence: self._memory[sentence] for sentence in sentences if sentence in self._memory}
        self._forget()
        return known

    def put(self, found: Mapping[str, list[Fact]]) -> None:
        """Keep tuples by sentence."""
        self._memory.update(found)
        texts = {sentence: json.dumps(facts) for sentence, facts in found.items()}
        rows = [(self.version, one, f"{self._check(one, facts)} {facts}") for one, facts in texts.items()]

        def write(store: sqlite3.Connection) -> None:
            with store:
                store.execute(_TABLE)
                store.executemany("INSERT OR REPLACE INTO tuples VALUES (?, ?, ?)", rows)

        self._use(write, None)
        self._forget()

    def _forget(self) -> None:
        """Drop the tuples that were met first beyond `HELD` sentences."""
        if self._path is not None:
            for sentence in list(islice(self._memory, max(0, len(self._memory) - HELD))):
                del self._memory[sentence]

    def _read(self, sentences: Sequence[str]) -> dict[str, list[Fact]]:
        def read(store: sqlite3.Connection) -> dict[str, list[Fact]]:
            rows: list[tuple[str, str]] = []
            if store.execute("SELECT 1 FROM sqlite_master WHERE name = 'tuples'").fetchone():
                for start in range(0, len(sentences), CHUNK):
                    asked = sentences[start : start + CHUNK]
                    marks = ",".join("?" * len(asked))
                    query = f"SELECT sentence, facts FROM tuples WHERE version = ? AND sentence IN ({marks})"
                    rows += store.execute(query, (self.version, *asked))
            parted = [(sentence, *stored.partition(" ")[::2]) for sentence, stored in rows]
            whole = [(one, facts) for one, check, facts in parted if check == self._check(one, facts)]
            return {sentence: [tuple(fact) for fact in json.loads(facts)] for sentence, facts in whole}

        return self._use(read, {})

    def _check(self, sentence: str, facts: str) -> str:
        return f"{zlib.crc32(json.dumps([self.version, sentence, facts]).encode()):08x}"

    def _use(self, action: Callable[[sqlite3.Connection], Found], otherwise: Found) -> Found:
        """Return what `action` makes of the open store, or `otherwise` where there is none; its errors end here."""
        if self._path is None:
            return otherwise
        try:
            with closing(sqlite3.connect(self._path, timeout=PATIENCE)) as store:
                return action(store)
        except (sqlite3.OperationalError, OSError) as error:  # locked, read-only, disk full
            self._give_up(f"{self._path}: {error}")
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:  # damaged, or a row that is no list of tuples
            self._begin_anew(self._path, error)
        return otherwise

    def _place(self, folder: Path | None) -> Path | None:
        try:
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                return folder / FILE
            return cache("spice") / FILE
        except (OSError, AacbenchError) as error:
            self._give_up(str(error))
            return None

    def _give_up(self, reason: str) -> None:
        self._path = None
        warnings.warn(f"SPICE's parses are kept in memory only: {reason}", RuntimeWarning, stacklevel=2)

    def _begin_anew(self, path: Path, error: Exception) -> None:
        """Remove a damaged store; the next call begins a new one."""
        try:
            path.unlink()
        except FileNotFoundError:  # another process was faster
            return
        except OSError as trouble:
            self._give_up(str(trouble))
            return
        warnings.warn(
            f"SPICE's store of parses, {path}, was damaged ({error}) and is begun anew", RuntimeWarning, stacklevel=2
        )
