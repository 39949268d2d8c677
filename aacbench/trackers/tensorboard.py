"""TensorBoard: event files in the run's folder, one folder a part of the run, whose steps are its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aacbench.contracts.trackers import TrackedRun

FOLDER = "tensorboard"


class TensorBoard:
    """The tracker `tensorboard`; look at the runs of a folder with `tensorboard --logdir runs`."""

    def start(self, run: TrackedRun) -> None:
        """Write below the run's folder, to what is there already where the run is gone on with."""
        self.folder = run.folder / FOLDER
        self.writers: dict[str, Any] = {}

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Write scalars; what an earlier process wrote of a part beyond its first step here is no longer shown."""
        from tensorboard.compat.proto.summary_pb2 import Summary  # loads protobuf

        for name, value in values.items():
            part, _, number = name.rpartition("/")
            scalar = Summary(value=[Summary.Value(tag=number, simple_value=value)])
            self._write(self._writer(part or "run", step), step, summary=scalar)

    def close(self) -> None:
        """Write what is left."""
        for writer in self.writers.values():
            writer.close()

    def _writer(self, part: str, step: int) -> Any:
        if part not in self.writers:
            # Not torch's SummaryWriter: it would load torch, seconds and hundreds of megabytes, for a few scalars.
            from tensorboard.compat.proto.event_pb2 import SessionLog
            from tensorboard.summary.writer.event_file_writer import EventFileWriter

            folder = self.folder / part
            again = folder.exists()
            self.writers[part] = EventFileWriter(str(folder))
            if again:
                self._write(self.writers[part], step, session_log=SessionLog(status=SessionLog.START))
        return self.writers[part]

    def _write(self, writer: Any, step: int, **what: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event  # loads protobuf

        writer.add_event(Event(wall_time=time.time(), step=step, **what))
