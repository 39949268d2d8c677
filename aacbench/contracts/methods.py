"""Methods: papers' systems as variants, settings, presets and a recipe of stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from aacbench.contracts.factory import Factory, load
from aacbench.contracts.systems import Captioner, Retriever
from aacbench.contracts.training import Stage

if TYPE_CHECKING:
    from aacbench.context import RunContext
    from aacbench.registry import Registries


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of a paper's table: what it changes in the settings, and where the row stands."""

    name: str
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""
    row: str = ""


class Outline(Protocol):
    """What is known of a method without its networks. `settings` is a pydantic model, the paper's values its defaults.

    Where the settings have `held_out`, a share of the development split, that share is the validation data of a run,
    also where the dataset has a validation split. None or no such setting: the dataset's own, or else a tenth.
    Where they have `merge_validation` and it is true, the dataset's validation split joins development before that.
    """

    @property
    def settings(self) -> type[Any]:
        """The settings model."""
        ...

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """What each preset changes in the defaults."""
        ...


class Method(Outline, Protocol):
    """A paper's system."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the ordered stages that the core runs, checkpoints, resumes and caches."""
        ...

    def captioner(self, context: RunContext) -> Captioner:
        """Return the trained system from what the stages left in the run's folder."""
        ...


@runtime_checkable
class Combining(Protocol):
    """What an outline may have besides its contract, when the method is put together from registered parts."""

    def combination(self, settings: Any, registries: Registries) -> str:
        """Return the variant's name, made of the parts' names; an unknown part is a `UserError`."""
        ...

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant that `combination` names."""
        ...


class RetrievalMethod(Outline, Protocol):
    """As `Method`, for the task `retrieval`: it searches audio by text and text by audio."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the ordered stages that the core runs, checkpoints, resumes and caches."""
        ...

    def retriever(self, context: RunContext) -> Retriever:
        """Return the trained system from what the stages left in the run's folder."""
        ...


MethodTask = Literal["captioning", "retrieval"]


@dataclass(frozen=True)
class MethodSpec:
    """`factory() -> Method`, or `-> RetrievalMethod` for that task; the first variant is the default one.

    `outline() -> Outline` has the method's settings and presets in a module that loads no torch, so that misspelt names
    are refused at once; None is the method itself.
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


def outline(spec: MethodSpec) -> Any:
    """Return what is known of a method without its networks, an `Outline`; raises as `load`."""
    return load(spec.outline or spec.factory)()
