"""A log of one JSON object a line: `log.jsonl`, cut back on resuming so that no step stands in it twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aacbench.contracts.trackers import TrackedRun
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import parse_json

LOG = "log.jsonl"


class JsonLines:
    """The tracker `jsonl`; the training loop has one in each stage's folder, which is the truth."""

    def start(self, run: TrackedRun) -> None:
        """Append to the folder's `log.jsonl`; where the run is gone on from a step, forget what is beyond it."""
        self.path, self.stage = run.folder / LOG, run.name
        if run.step is not None and self.path.exists():
            kept = [line for line in self._lines() if run.step and _step(line) <= run.step]
            atomic_write(self.path, "".join(json.dumps(line) + "\n" for line in kept))

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Append one entry."""
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"stage": self.stage, "step": step, **values}) + "\n")

    def close(self) -> None:
        """Nothing is left to do: every entry is written at once."""

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
