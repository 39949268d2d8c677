"""What can be downloaded: one list of all parts' files, which `aacbench fetch` shows and gets, `doctor` looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from aacbench.contracts import DatasetSpec, Download, EncoderSpec, PublishedWeights, load
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError, one_line, unknown_name
from aacbench.files.cache_dir import home
from aacbench.models.published import weights_path

Group = Literal["datasets", "weights", "for metrics"]


@dataclass(frozen=True, slots=True)
class Downloadable:
    """Something on the web that a part wants.

    `get(target, version)` downloads it and returns where it is; a target of None is its own place in the cache.
    `find()` returns where it lies already. `size` is in bytes, None where nobody says so.
    """

    name: str
    group: Group
    summary: str
    get: Callable[[Path | None, str | None], Path]
    find: Callable[[], Path | None]
    size: int | None = None
    licence: str = ""


def downloadables(registries: Registries) -> list[Downloadable]:
    """Return all there is, datasets first; a name that is taken already is left out."""
    listed: dict[str, Downloadable] = {}
    for one in _all(registries):
        listed.setdefault(one.name, one)
    return list(listed.values())


def find_downloadable(name: str, registries: Registries) -> Downloadable:
    """Return what is called `name`.

    Raises:
        UserError: there is none, or it is a dataset without a download; near matches are named.
    """
    known = {one.name: one for one in downloadables(registries)}
    if name not in known and name in registries.datasets:
        raise UserError(
            f"{name} needs no download; use it with `aacbench run --dataset {name}`"
            if registries.datasets[name].embedded
            else f"{name} has no download; get it yourself and name its folder with --data-dir"
        )
    if name not in known:
        raise unknown_name("download", name, known)
    return known[name]


def _all(registries: Registries) -> Iterator[Downloadable]:
    for dataset in registries.datasets:
        if dataset.fetch is not None:
            yield _dataset(dataset)
    for encoder in registries.encoders:
        for weights in encoder.published:
            yield _weights(encoder, weights)
    for metric in registries.metrics:
        for wanted in metric.downloads:
            yield _for_metric(wanted)


def _dataset(spec: DatasetSpec) -> Downloadable:
    size, problem = _size(spec)
    about = f"{spec.summary}; versions {', '.join(spec.versions) or 'one'}{problem}"
    return Downloadable(
        spec.name, "datasets", about, partial(_fetch_dataset, spec), partial(_fetched, spec), size, spec.licence
    )


def _size(spec: DatasetSpec) -> tuple[int | None, str]:
    """Return how many bytes the default version has; a plugin that fails to say so stops nobody else's listing."""
    if spec.download_size is None or isinstance(spec.download_size, int):
        return spec.download_size, ""
    try:
        return int(load(spec.download_size)(spec.versions[0] if spec.versions else None)), ""
    except Exception as error:  # whatever a plugin raises
        return None, f" (its size is not known: {one_line(error)})"


def _fetch_dataset(spec: DatasetSpec, target: Path | None, asked: str | None) -> Path:
    assert spec.fetch is not None
    version = _version(spec, asked)
    path: Path = load(spec.fetch)(_cache_folder(spec, version) if target is None else target, version)
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


def _cache_folder(spec: DatasetSpec, version: str | None = None) -> Path:
    return home().joinpath("datasets", spec.name, *([version] if version else []))


def _fetched(spec: DatasetSpec) -> Path | None:
    folder = _cache_folder(spec)
    return folder if folder.is_dir() else None


def _weights(encoder: EncoderSpec, weights: PublishedWeights) -> Downloadable:
    path = weights_path(weights)

    def get(target: Path | None, version: str | None) -> Path:
        from aacbench.files.download import download  # brings requests  # noqa: PLC0415

        _refuse_version(weights.name, version)
        destination = path if target is None else target / path.name
        if weights.classes is not None:  # what its tagging head's outputs mean
            classes, listed = weights.classes, destination.with_name(f"{weights.classes.name}.csv")
            download(classes.url, listed, sha256=classes.sha256, size=classes.size)
        return download(weights.url, destination, sha256=weights.sha256, md5=weights.md5, size=weights.size)

    about = f"for the encoder {encoder.name}"
    return Downloadable(
        weights.name, "weights", about, get, lambda: path if path.is_file() else None, size=weights.size
    )


def _for_metric(wanted: Download) -> Downloadable:
    def get(target: Path | None, version: str | None) -> Path:
        _refuse_version(wanted.name, version)
        path: Path = load(wanted.fetch)(target)
        return path

    def find() -> Path | None:
        path: Path | None = load(wanted.find)() if wanted.find is not None else None
        return path

    return Downloadable(wanted.name, "for metrics", wanted.summary, get, find, wanted.size)


def _refuse_version(name: str, version: str | None) -> None:
    if version is not None:
        raise UserError(f"--version is for datasets; {name} has none: leave it out")
