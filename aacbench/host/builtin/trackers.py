"""Specs of the trackers."""

from __future__ import annotations

from aacbench.contracts import TrackerSpec

SPECS: tuple[TrackerSpec, ...] = (
    TrackerSpec(
        name="jsonl",
        summary="one JSON object a line, in log.jsonl of the run's folder; each stage has its own in any case",
        factory="aacbench.trackers.jsonl:JsonLines",
    ),
    TrackerSpec(
        name="tensorboard",
        summary="event files in the run's folder: tensorboard --logdir runs",
        factory="aacbench.trackers.tensorboard:TensorBoard",
        packages=("tensorboard",),
        install="aacbench[tensorboard]",
    ),
    TrackerSpec(
        name="wandb",
        summary="Weights & Biases; WANDB_MODE=offline and its other variables hold",
        factory="aacbench.trackers.wandb:Wandb",
        packages=("wandb",),
        install="aacbench[wandb]",
    ),
    TrackerSpec(
        name="mlflow",
        summary="MLflow; MLFLOW_TRACKING_URI names a server or a store, else files in the run's folder",
        factory="aacbench.trackers.mlflow:Mlflow",
        packages=("mlflow",),
        install="aacbench[mlflow]",
    ),
)
