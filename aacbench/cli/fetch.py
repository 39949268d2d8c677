"""`aacbench fetch`: datasets, published weights and what metrics need, each into its place in the cache.

A dataset's fetch function may have a neighbour `download_size(version) -> int`, which the listing shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aacbench.errors import UserError, unknown_name

if TYPE_CHECKING:
    from aacbench.contracts import DatasetSpec, PublishedWeights
    from aacbench.contracts.registry import Registries


@dataclass(frozen=True, slots=True)
class Resource:
    """What a metric needs: `module` has `fetch(target: Path | None) -> Path`, None for its own place."""

    name: str
    summary: str
    module: str


RESOURCES = (
    Resource("spice", "CoreNLP for the reference engine of SPICE", "aacbench.metrics.spice.corenlp"),
    Resource("fense", "sentence encoder and error detector of FENSE", "aacbench.metrics.fense"),
)


@click.command()
@click.argument("name", required=False)
@click.option("--version", help="Version of a dataset; its newest by default.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder to put it in; by default the cache.")
def fetch(name: str | None, version: str | None, data_dir: Path | None) -> None:
    """Download NAME (a dataset, published weights, or what a metric needs); without NAME, list what there is.

    Everything is verified by checksum where one is published; an interrupted download goes on with the same command.
    """
    from aacbench.host import manager

    registries = manager.load().registries
    if name is None:
        for line in _listing(registries):
            click.echo(line)
        return
    click.echo(f"{name} is in {_fetch(name, version, data_dir, registries)}")


def _fetch(name: str, version: str | None, data_dir: Path | None, registries: Registries) -> Path:
    if name in registries.datasets:
        return _fetch_dataset(registries.datasets[name], version, data_dir)
    if version is not None:
        raise UserError(f"--version is for datasets; {name} has none: leave it out")
    weights = {published.name: published for published in _weights(registries)}
    if name in weights:
        return _fetch_weights(weights[name], data_dir)
    resources = {resource.name: resource for resource in RESOURCES}
    if name in resources:
        return _fetch_resource(resources[name], data_dir)
    datasets = [spec.name for spec in registries.datasets if spec.fetch]
    raise unknown_name("download", name, [*datasets, *weights, *resources])


def _fetch_dataset(spec: DatasetSpec, asked: str | None, data_dir: Path | None) -> Path:
    from aacbench.contracts import load

    if spec.fetch is None:
        raise UserError(
            f"{spec.name} needs no download; use it with `aacbench run --dataset {spec.name}`"
            if spec.embedded
            else f"{spec.name} has no download; get it yourself and name its folder with --data-dir"
        )
    version = _version(spec, asked)
    if spec.licence:
        click.echo(f"licence: {spec.licence}", err=True)
    target = data_dir if data_dir is not None else _cache_folder(spec.name, version)
    path: Path = load(spec.fetch)(target, version)
    return path


def _version(spec: DatasetSpec, asked: str | None) -> str | None:
    """Return the version in the dataset's own spelling; the first one is the default."""
    if not spec.versions:
        return asked
    if asked is None:
        return spec.versions[0]
    for spelling in (asked, asked.lower(), f"v{asked}"):
        if spelling in spec.versions:
            return spelling
    raise unknown_name(f"version of {spec.name}", asked, spec.versions)


def _cache_folder(name: str, version: str | None) -> Path:
    from aacbench.files.cache_dir import home

    return home().joinpath("datasets", name, *([version] if version else []))


def _weights(registries: Registries) -> Iterator[PublishedWeights]:
    for spec in registries.encoders:
        yield from spec.published


def _fetch_weights(weights: PublishedWeights, data_dir: Path | None) -> Path:
    from aacbench.files.download import download
    from aacbench.models.published import weights_path

    place = weights_path(weights)
    target = place if data_dir is None else data_dir / place.name
    return download(weights.url, target, sha256=weights.sha256, md5=weights.md5, size=weights.size)


def _fetch_resource(resource: Resource, data_dir: Path | None) -> Path:
    from aacbench.contracts import load

    if not _present(resource):
        raise UserError(f"this version of aacbench has no download for {resource.name}; `aacbench fetch` lists all")
    download = load(f"{resource.module}:fetch")
    path: Path = download(data_dir)
    return path


def _present(resource: Resource) -> bool:
    """Return whether this installation has the resource's module, without importing it."""
    try:
        return find_spec(resource.module) is not None
    except ModuleNotFoundError:
        return False


def _listing(registries: Registries) -> Iterator[str]:
    from aacbench.files.cache_dir import home

    yield "datasets:"
    for dataset in registries.datasets:
        if dataset.fetch:
            yield _row(
                dataset.name,
                _size(dataset),
                f"{dataset.summary}; versions {', '.join(dataset.versions) or 'one'}",
            )
    yield "weights:"
    for spec in registries.encoders:
        for weights in spec.published:
            yield _row(weights.name, weights.size, f"for the encoder {spec.name}")
    yield "for metrics:"
    for resource in filter(_present, RESOURCES):
        yield _row(resource.name, None, resource.summary)
    yield f"`aacbench fetch NAME` puts them below {home()}; AACBENCH_HOME or --data-dir names another folder"


def _row(name: str, size: int | None, text: str) -> str:
    from aacbench.files.download.disk import human

    return f"  {name:<16} {human(size) if size else '':>8}  {text}"


def _size(spec: DatasetSpec) -> int | None:
    """Return how much is downloaded for the default version, where the dataset says so."""
    from aacbench.contracts import load

    if not isinstance(spec.fetch, str):
        return None
    try:
        size: int = load(f"{spec.fetch.partition(':')[0]}:download_size")(spec.versions[0] if spec.versions else None)
    except AttributeError:
        return None
    return size
