"""The core's own parts, registered through the same hooks as everybody's. One module a kind lists them."""

from __future__ import annotations

from collections.abc import Callable

from aacbench.contracts import (
    DatasetSpec,
    DecoderSpec,
    EncoderSpec,
    MethodSpec,
    MetricSpec,
    PretrainingSpec,
    TrackerSpec,
)
from aacbench.hookspecs import hookimpl
from aacbench.host.builtin import datasets, decoders, encoders, methods, metrics, pretraining, trackers


@hookimpl
def register_datasets(register: Callable[[DatasetSpec], None]) -> None:
    """Register the datasets that aacbench ships or reads."""
    for spec in datasets.SPECS:
        register(spec)


@hookimpl
def register_encoders(register: Callable[[EncoderSpec], None]) -> None:
    """Register the shared encoders."""
    for spec in encoders.SPECS:
        register(spec)


@hookimpl
def register_decoders(register: Callable[[DecoderSpec], None]) -> None:
    """Register the shared decoders."""
    for spec in decoders.SPECS:
        register(spec)


@hookimpl
def register_pretraining(register: Callable[[PretrainingSpec], None]) -> None:
    """Register the shared pretraining objectives."""
    for spec in pretraining.SPECS:
        register(spec)


@hookimpl
def register_metrics(register: Callable[[MetricSpec], None]) -> None:
    """Register the metrics."""
    for spec in metrics.SPECS:
        register(spec)


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    """Register the methods without a network: the floors and the ceiling."""
    for spec in methods.SPECS:
        register(spec)


@hookimpl
def register_trackers(register: Callable[[TrackerSpec], None]) -> None:
    """Register the trackers."""
    for spec in trackers.SPECS:
        register(spec)
