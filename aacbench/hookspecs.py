"""The seven hooks of an aacbench plugin. Each is called once, when `aacbench` starts, with a `register` callable.

Hooks collect: a plugin calls `register(spec)` for each part it brings, so that a refusal (a name taken, a spec of the
wrong kind) is raised inside the plugin that caused it.
"""

from __future__ import annotations

from collections.abc import Callable

import pluggy

from aacbench.contracts import (
    DatasetSpec,
    DecoderSpec,
    EncoderSpec,
    MethodSpec,
    MetricSpec,
    PretrainingSpec,
    TrackerSpec,
)

PROJECT = "aacbench"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_datasets(register: Callable[[DatasetSpec], None]) -> None:
    """Called first at start-up: register datasets, `--dataset NAME`."""


@hookspec
def register_encoders(register: Callable[[EncoderSpec], None]) -> None:
    """Called at start-up after the datasets: register encoders by the name methods ask for."""


@hookspec
def register_decoders(register: Callable[[DecoderSpec], None]) -> None:
    """Called at start-up after the encoders: register decoders by the name methods ask for."""


@hookspec
def register_pretraining(register: Callable[[PretrainingSpec], None]) -> None:
    """Called at start-up after the decoders: register objectives that train an encoder."""


@hookspec
def register_metrics(register: Callable[[MetricSpec], None]) -> None:
    """Called at start-up after the objectives: register metrics, `--metrics NAME`."""


@hookspec
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Called at start-up after the metrics: register methods, `--method NAME`."""


@hookspec
def register_trackers(register: Callable[[TrackerSpec], None]) -> None:
    """Called last at start-up: register trackers, `--track NAME`."""
