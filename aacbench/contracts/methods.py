"""Methods: papers' systems as variants, settings, presets and a recipe of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aacbench.contracts.specs import Variant
from aacbench.contracts.systems import Captioner, Retriever
from aacbench.contracts.training import Stage

if TYPE_CHECKING:
    from aacbench.contracts.context import RunContext
    from aacbench.contracts.registry import Registries


class MethodConfig(Protocol):
    """What is known of a method without its networks. `settings` is a pydantic model, the paper's values its defaults.

    Settings that fit `HoldsOut` or `MergesValidation` say which clips of a dataset train and which validate.
    """

    @property
    def settings(self) -> type[Any]:
        """The settings model."""
        ...

    @property
    def presets(self) -> Mapping[str, Mapping[str, Any]]:
        """What each preset changes in the defaults."""
        ...


@runtime_checkable
class HoldsOut(Protocol):
    """What a method's settings may have: the share of the development split that validates.

    It does so also where the dataset has a validation split. None, or no such setting, is that split, or else a tenth.
    A run asks once, before its first stage.
    """

    @property
    def held_out(self) -> float | None:
        """The share, above 0 and below 1."""
        ...


@runtime_checkable
class MergesValidation(Protocol):
    """What a method's settings may have: whether the validation split joins development before a share is held out."""

    @property
    def merge_validation(self) -> bool:
        """Whether it does."""
        ...


class Method(MethodConfig, Protocol):
    """A paper's system.

    It is made once a run in every process, by `aacbench.runs`, which then asks once for the `recipe`, runs its stages,
    and asks once for the `captioner`; `aacbench caption` and plots ask a finished run for its captioner alone.
    """

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the ordered stages that the core runs, checkpoints, resumes and caches."""
        ...

    def captioner(self, context: RunContext) -> Captioner:
        """Return the trained system from what the stages left in the run's folder."""
        ...


@runtime_checkable
class CaptionsByReference(Protocol):
    """What a method may have besides its contract, when its captions are references: a ceiling made by people.

    Where `leave_one_out` is true, every reference is scored against the others of its clip, and `captioner` is only
    asked for the captions that are shown.
    """

    leave_one_out: bool


@runtime_checkable
class CompositeMethod(Protocol):
    """What an outline may have besides its contract, when the method is put together from registered parts."""

    def combination(self, settings: Any, registries: Registries) -> str:
        """Return the variant's name, made of the parts' names; an unknown part is a `UserError`."""
        ...

    def named(self, combination: str, registries: Registries) -> Variant:
        """Return the variant that `combination` names."""
        ...


@runtime_checkable
class StandsOnRuns(Protocol):
    """What a method may have besides its contract, when a run of it reads other runs' folders: an ensemble's members.

    `aacbench export` asks once a run, so that the exported folder is whole.
    """

    def export_members(self, context: RunContext, copy: RunContext, export: Callable[[Path, Path], None]) -> None:
        """Put the other runs below `copy.folder`, each by `export(run, to)`, and have the copy find them there.

        `context` is the run's, `copy` that of its exported folder, whose stages' files are copied already.
        """
        ...


class RetrievalMethod(MethodConfig, Protocol):
    """As `Method`, for the task `retrieval`: it searches audio by text and text by audio."""

    def recipe(self, context: RunContext) -> Sequence[Stage]:
        """Return the ordered stages that the core runs, checkpoints, resumes and caches."""
        ...

    def retriever(self, context: RunContext) -> Retriever:
        """Return the trained system from what the stages left in the run's folder."""
        ...
