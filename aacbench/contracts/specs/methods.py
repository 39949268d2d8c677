"""What a plugin registers of a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from aacbench.contracts.specs.factories import Factory, load

MethodTask = Literal["captioning", "retrieval"]
Role = Literal["system", "floor", "ceiling"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of a paper's table: what it changes in the settings, and where the row stands."""

    name: str
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""
    row: str = ""


@dataclass(frozen=True)
class MethodSpec:
    """`factory() -> Method`, or `-> RetrievalMethod` for that task; the first variant is the default one.

    `outline() -> MethodConfig` has the method's settings and presets in a module that loads no torch, so that
    misspelt names are refused at once; None is the method itself. One that does not hear the clips (`needs_audio`
    false) runs where a dataset has captions alone; for one without networks (`uses_torch` false) torch is not loaded.

    `paper` is the citation, `url` where the paper is found, `code` its authors' code. A `system` is ranked; a `floor`
    and a `ceiling` stand beside the ranked ones: what any system should beat, and what people reach.

    `dataset_versions` are the versions of datasets that the paper used, by the datasets' names: the preset `paper` runs
    on them unless another is asked for. `hardware` says for a preset what it wants, such as "24 GB of GPU memory".
    `task_of(settings) -> MethodTask` decides the task where the settings do.
    """

    kind: ClassVar[str] = "method"
    name: str
    summary: str
    factory: Factory
    paper: str = ""
    variants: tuple[Variant, ...] = (Variant("default", "the method as it is"),)
    presets: tuple[str, ...] = ("smoke", "quick", "paper")
    task: MethodTask = "captioning"
    outline: Factory | None = None
    role: Role = "system"
    url: str = ""
    code: str = ""
    needs_audio: bool = True
    uses_torch: bool = True
    dataset_versions: Mapping[str, str] = field(default_factory=dict)
    hardware: Mapping[str, str] = field(default_factory=dict)
    task_of: Factory | None = None


def method_task(spec: MethodSpec, settings: Any) -> MethodTask:
    """Return what a method does under these settings: the spec's task, unless the settings decide; raises as `load`."""
    task: MethodTask = spec.task if spec.task_of is None else load(spec.task_of)(settings)
    return task


def outline(spec: MethodSpec) -> Any:
    """Return what is known of a method without its networks, an `MethodConfig`; raises as `load`."""
    return load(spec.outline or spec.factory)()
