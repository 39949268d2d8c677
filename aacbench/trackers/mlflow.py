"""MLflow: a server or a store by MLFLOW_TRACKING_URI, else files in the run's folder (`mlruns`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aacbench.contracts.trackers import TrackedRun

EXPERIMENT = "aacbench"
TAG = "aacbench.run"
LONGEST = 500  # characters of a parameter
AT_ONCE = 100  # parameters


@dataclass
class Mlflow:
    """The tracker `mlflow`."""

    experiment: str | None = None
    uri: str | None = None

    def start(self, run: TrackedRun) -> None:
        """Open the run that is tagged with this id, or make it."""
        uri = self.uri or os.environ.get("MLFLOW_TRACKING_URI")
        if uri is None:
            uri = (run.folder / "mlruns").absolute().as_uri()
        if uri.startswith("file:"):
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        from mlflow import MlflowClient  # takes seconds

        self.client: Any = MlflowClient(uri)
        name = self.experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME", EXPERIMENT)
        experiment = self.client.get_experiment_by_name(name)
        number = experiment.experiment_id if experiment else self.client.create_experiment(name)
        known = self.client.search_runs([number], filter_string=f"tags.`{TAG}` = '{run.id}'")
        if known:
            self.id = known[0].info.run_id
            self.client.update_run(self.id, status="RUNNING")
            return
        self.id = self.client.create_run(number, run_name=run.name, tags={TAG: run.id}).info.run_id
        self._parameters(run.settings)

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Log numbers as metrics."""
        for name, value in values.items():
            self.client.log_metric(self.id, name, value, step=step)

    def close(self) -> None:
        """Say that the run is at its end."""
        self.client.set_terminated(self.id)

    def _parameters(self, settings: Mapping[str, Any]) -> None:
        from mlflow.entities import Param  # takes seconds

        rows = [Param(name, str(value)[:LONGEST]) for name, value in _flat(settings)]
        for first in range(0, len(rows), AT_ONCE):
            self.client.log_batch(self.id, params=rows[first : first + AT_ONCE])


def _flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return nested settings by their dotted names."""
    rows: list[tuple[str, Any]] = []
    for key, value in settings.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)]
    return rows
