"""Trackers put together: several as one, and one as a part of a run sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aacbench.contracts.trackers import TrackedRun, Tracker


class Several:
    """Hands everything on to each of `trackers`."""

    def __init__(self, trackers: Sequence[Tracker]) -> None:
        self.trackers = trackers

    def start(self, run: TrackedRun) -> None:
        """Start each."""
        for tracker in self.trackers:
            tracker.start(run)

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log to each."""
        for tracker in self.trackers:
            tracker.log(values, step)

    def close(self) -> None:
        """Close each."""
        for tracker in self.trackers:
            tracker.close()


def log_part(tracker: Tracker, part: str, values: Mapping[str, float], step: int) -> None:
    """Log `values` as those of a part of the run: `part/name`."""
    tracker.log({f"{part}/{name}": float(value) for name, value in values.items()}, step)
