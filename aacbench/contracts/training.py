"""Training: what the loop trains, the stages of a recipe, and objectives that pretrain an encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aacbench.types import Clip

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aacbench.audio import FeatureSettings
    from aacbench.contracts.context import RunContext


class Task(Protocol):
    """What the training loop trains. A batch is the task's own business; the loop only carries it."""

    name: str
    model: nn.Module

    def batches(self, epoch: int) -> Sequence[Any]:
        """Return the epoch's batches in order, as light descriptions (indices)."""
        ...

    def load(self, batch: Any) -> Any:
        """Read a described batch from disk; called in a background thread, uses no random numbers."""
        ...

    def losses(self, loaded: Any) -> Mapping[str, Tensor]:
        """Return named scalar losses of a loaded batch; their sum is minimised."""
        ...

    def validate(self) -> Mapping[str, float]:
        """Return the monitored values on the validation clips, `loss` among them; the model is in evaluation mode."""
        ...


@runtime_checkable
class Paced(Protocol):
    """What a task may have besides its contract, when something changes in the course of training."""

    def advance(self, share: float) -> None:
        """Be told before each optimiser step which share of all steps, from 0 to 1, has been done."""
        ...


@runtime_checkable
class Reports(Protocol):
    """What a task may have besides its contract, when it has numbers to log that nothing minimises."""

    def report(self, seconds: float) -> Mapping[str, float]:
        """Be told after each optimiser step how many seconds it took; return the step's numbers."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """What a task or a `CaptioningModel` may have besides its contract, when processes can divide a batch among them.

    A batch of the task is then a list, of which `load` and `losses` are given consecutive rows. Means over rows or
    words go through `aacbench.runtime.distributed.shards.shared_mean`, and what is drawn for a whole batch is drawn
    from `common()`.
    Whatever is not divisible is done by every process alike, on whole batches.
    """

    divisible: bool


@runtime_checkable
class Together(Protocol):
    """What a stage may have besides its contract, when all processes of a run do it together.

    The others are done by the first process, while the rest wait.
    """

    together: bool


class Stage(Protocol):
    """A step of a method's recipe. A stage whose inputs were run before is loaded, not run again.

    A `shared` stage is kept in the cache, for every run that asks for the same after the same stages.
    """

    @property
    def name(self) -> str:
        """What its folder and its row in the record are called."""
        ...

    @property
    def shared(self) -> bool:
        """Whether it is kept in the cache for other runs."""
        ...

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return what decides the outcome, as JSON: settings and data, but not the seed or the earlier stages."""
        ...

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Do the work in `folder`, going on from what a killed run left there; return numbers for the record."""
        ...


@runtime_checkable
class Delivered(Protocol):
    """What a shared stage may have besides its contract: files that a run owns too, so that it outlives the cache."""

    @property
    def delivered(self) -> tuple[str, ...]:
        """Return the names of the files that are put into the run's own folder."""
        ...


@runtime_checkable
class Needs(Protocol):
    """What a stage may have besides its contract, when it does not build upon all stages before it."""

    @property
    def needs(self) -> tuple[str, ...] | None:
        """The names of the earlier stages that it builds upon; None is all."""
        ...


@runtime_checkable
class Seeded(Protocol):
    """What a stage may have besides its contract, when it may run from another seed than the run's."""

    @property
    def seed(self) -> int | None:
        """The seed that it is told as the context's; None is the run's."""
        ...


class Pretraining(Protocol):
    """An objective that trains an encoder."""

    def task(
        self, encoder: nn.Module, features: FeatureSettings, training: list[Clip], validation: list[Clip], seed: int
    ) -> Task:
        """Return the task that trains `encoder` in place on clips that carry the labels."""
        ...


@runtime_checkable
class Identified(Protocol):
    """What a `Pretraining` may have besides its contract, when it reads more than its settings say: weights, say."""

    @property
    def identity(self) -> str:
        """What names that, so that stages know when it changed."""
        ...


@runtime_checkable
class Keeps(Protocol):
    """What a `Task` may have besides its contract, when its network wants more than weights to be used again."""

    def keep(self, folder: Path) -> None:
        """Write that into the stage's folder once training is done."""
        ...
