"""The run's log: one JSON object a line, cut back on resuming so that no step stands in it twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import parse_json


class JsonLog:
    """Appends to `path`; `rewind(step)` forgets what was logged after `step`, whole lines only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rewind(self, step: int) -> None:
        """Keep the entries of steps up to `step`."""
        if self.path.exists():
            kept = [line for line in self._lines() if _step(line) <= step]
            atomic_write(self.path, "".join(json.dumps(line) + "\n" for line in kept))

    def write(self, **entry: Any) -> None:
        """Append one entry."""
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(entry) + "\n")

    def _lines(self) -> list[dict[str, Any]]:
        lines = []
        for text in self.path.read_bytes().splitlines():
            try:
                entry = parse_json(text)
            except ValueError:  # the line a kill cut short
                continue
            if isinstance(entry, dict):
                lines.append(entry)
        return lines


def _step(line: dict[str, Any]) -> float:
    step = line.get("step", 0)
    return step if isinstance(step, (int, float)) else 0
