"""Files of JSON lines that are only appended to; each line carries the CRC-32 of the rest of it.

A line that is cut short or altered is as if it were not there: what it said is done again.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aacbench.files.safe_read import parse_json

CHECK = "crc32"
ANSWERS = "answers.jsonl"  # of systems that are asked one clip at a time, in the run's folder


def checked_line(entry: Mapping[str, Any]) -> str:
    """Return an entry as its line, with its end."""
    return json.dumps({**entry, CHECK: _check(entry)}, ensure_ascii=False) + "\n"


def parse_checked(line: bytes) -> dict[str, Any] | None:
    """Return a line's entry; None if it is not what was written."""
    try:
        entry = parse_json(line)
        check = entry.pop(CHECK)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return entry if check == _check(entry) else None


def _check(entry: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(entry, sort_keys=True).encode())


class Journal:
    """Entries by their `key`, a text; the last one of a key counts. An entry is on disk when `put` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._entries = self._read()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the entry of a key."""
        return self._entries.get(key)

    def entries(self) -> list[dict[str, Any]]:
        """Return all entries, in the order in which their keys came."""
        return [*self._entries.values()]

    def put(self, key: str, entry: Mapping[str, Any]) -> None:
        """Append an entry; threads may do so at the same time."""
        whole = {"key": key, **entry}
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as handle:
                handle.write(self._gap(handle.tell()) + checked_line(whole).encode())
                handle.flush()
                os.fsync(handle.fileno())
            self._entries[key] = whole

    def _gap(self, size: int) -> bytes:
        """Return the line end that a killed writer left out."""
        if not size:
            return b""
        with self.path.open("rb") as handle:
            handle.seek(size - 1)
            return b"" if handle.read(1) == b"\n" else b"\n"

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        entries = [entry for line in lines if line and (entry := parse_checked(line)) is not None]
        return {entry["key"]: entry for entry in entries if isinstance(entry.get("key"), str)}
