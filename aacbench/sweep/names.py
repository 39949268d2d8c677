"""Whether a sweep's file names what is installed: checked before any network is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aacbench.contracts import CompositeMethod, DatasetSpec, MethodSpec, outline
from aacbench.contracts.registry import Registries, Registry
from aacbench.errors import UserError, unknown_name
from aacbench.scoring.select import select
from aacbench.sweep.settings import ALL, Grid, Sweep, where


@contextmanager
def naming(path: Path, grid: int, key: str = "") -> Iterator[None]:
    """Put the file and the key before the message of a user's mistake."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{where(path, grid, key)}: {error}") from error


def check_names(path: Path, sweep: Sweep, registries: Registries) -> None:
    """Check every name in the file.

    Raises:
        UserError: one is unknown or its plugin is broken; near matches are named.
    """
    for index, grid in enumerate(sweep.runs):
        methods: list[MethodSpec] = []
        with naming(path, index, "methods"):
            methods += [registries.methods[name] for name in grid.methods]
        with naming(path, index, "preset"):
            for spec in methods:
                if grid.preset not in spec.presets:
                    raise unknown_name(f"preset of {spec.name}", grid.preset, spec.presets)
        with naming(path, index, "metrics"):
            select(grid.metrics, registries.metrics)
        _check_parts(path, index, grid, registries)
        _check_datasets(path, index, grid, registries)
        with naming(path, index, "variants"):
            for spec in methods:
                variants_of(spec, grid)


def variants_of(spec: MethodSpec, grid: Grid) -> list[str | None]:
    """Return the variants of a method that the grid asks for; None is the one that the method takes by itself.

    Raises:
        UserError: the method has no such variant.
    """
    if grid.variants is None:
        return [None]
    known = [variant.name for variant in spec.variants]
    asked: list[str | None] = []
    for name in grid.variants:
        if name == ALL:
            asked += known
        elif name in known or isinstance(outline(spec), CompositeMethod):
            asked.append(name)
        else:
            raise unknown_name(f"variant of {spec.name}", name, [*known, ALL])
    return [*dict.fromkeys(asked)]


def _check_parts(path: Path, index: int, grid: Grid, registries: Registries) -> None:
    parts: list[tuple[str, tuple[str, ...] | None, Registry[Any]]] = [
        ("encoders", grid.encoders, registries.encoders),
        ("decoders", grid.decoders, registries.decoders),
        ("pretraining", grid.pretraining, registries.pretraining),
    ]
    for key, names, registry in parts:
        with naming(path, index, key):
            for name in names or ():
                if (key, name) != ("pretraining", "none"):
                    registry[name]


def _check_datasets(path: Path, index: int, grid: Grid, registries: Registries) -> None:
    specs: list[DatasetSpec] = []
    with naming(path, index, "datasets"):
        specs += [registries.datasets[name] for name in grid.datasets or (registries.default_dataset,)]
    for spec in specs:
        with naming(path, index, "dataset_version"):
            if grid.dataset_version is not None and spec.versions and grid.dataset_version not in spec.versions:
                raise unknown_name(f"version of {spec.name}", grid.dataset_version, spec.versions)
        with naming(path, index, "dataset_settings"):
            for key in grid.dataset_settings if spec.options and not spec.composed else ():
                if key not in (known := [option.name for option in spec.known_options]):
                    raise unknown_name(f"setting of {spec.name}", key, known)
