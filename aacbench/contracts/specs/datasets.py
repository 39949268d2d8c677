"""What a plugin registers of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aacbench.contracts.specs.factories import Factory


@dataclass(frozen=True)
class DatasetSpec:
    """`factory(options: DatasetOptions) -> Dataset`; `fetch(target: Path, version: str | None) -> Path` downloads it.

    `download_size` says how many bytes that is: a number, or `download_size(version: str | None) -> int`; None is
    unknown. `options` names the dataset's own settings; `smoke` are those that the preset `smoke` runs with. One that
    is made of others (`composed`) is made by `factory(options, open)`, where `open(name, options)` returns another
    dataset.
    """

    kind: ClassVar[str] = "dataset"
    name: str
    summary: str
    factory: Factory
    licence: str = ""
    citation: str = ""
    versions: tuple[str, ...] = ()
    fetch: Factory | None = None
    options: tuple[str, ...] = ()
    smoke: Mapping[str, str] = field(default_factory=dict)
    embedded: bool = False
    composed: bool = False
    download_size: Factory | int | None = None
