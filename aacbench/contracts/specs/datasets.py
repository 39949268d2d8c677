"""What a plugin registers of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from aacbench.contracts.specs.factories import Factory


@dataclass(frozen=True)
class DatasetOption:
    """A setting of a dataset, given as `--dataset-set NAME=VALUE`.

    `type` says in words what is taken (`int`, `float`, `a | b`), `default` what holds where it is not given: None where
    nothing does, or where another setting decides.
    """

    name: str
    type: str = "text"
    default: str | None = None
    doc: str = ""


@dataclass(frozen=True)
class DatasetSpec:
    """`factory(options: DatasetOptions) -> Dataset`; `fetch(target: Path, version: str | None) -> Path` downloads it.

    `download_size` says how many bytes that is: a number, or `download_size(version: str | None) -> int`; None is
    unknown. `options` are the dataset's own settings, or their mere names; `smoke` are those that the preset `smoke`
    runs with. One that is made of others (`composed`) is made by `factory(options, open)`, where `open(name, options)`
    returns another dataset. `packages` are modules it imports that aacbench does not bring, and `install` is what pip
    installs them by. `page` is where it is published, `unverified` names what could not be checked when the spec was
    written, and is to be looked up there.
    """

    kind: ClassVar[str] = "dataset"
    name: str
    summary: str
    factory: Factory
    licence: str = ""
    citation: str = ""
    versions: tuple[str, ...] = ()
    fetch: Factory | None = None
    options: tuple[DatasetOption | str, ...] = ()
    smoke: Mapping[str, str] = field(default_factory=dict)
    embedded: bool = False
    composed: bool = False
    download_size: Factory | int | None = None
    packages: tuple[str, ...] = ()
    install: str = ""
    page: str = ""
    unverified: str = ""

    @property
    def known_options(self) -> tuple[DatasetOption, ...]:
        """The settings; of one that only its name is known of, values are text."""
        return tuple(one if isinstance(one, DatasetOption) else DatasetOption(one) for one in self.options)
