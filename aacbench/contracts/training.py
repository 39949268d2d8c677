"""Training: what the loop trains, the stages of a recipe, and objectives that pretrain an encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aacbench.types import Clip

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aacbench.audio import FeatureSettings
    from aacbench.contracts.context import RunContext


class Task(ABC):
    """What the training loop trains. A batch is the task's own business; the loop only carries it.

    The loop (`aacbench.training.loop`) is the only caller. It makes its calls in every process that trains, in the
    order: once an epoch `batches`; for each batch `load`, in a background thread; for each optimiser step
    `on_step_start`, then `losses` once a batch, then `step_metrics`; `validate` at the end of an epoch.
    `save_artifacts` is called once, by the stage, in rank zero alone.

    Where `data_parallel` is true, a batch is a list of rows, and `load` and `losses` are given consecutive ones of them
    where several processes train. Means over rows or words then go through
    `aacbench.runtime.distributed.shards.shared_mean`, and what is drawn for a whole batch is drawn from
    `shared_generator()`. Otherwise every process works on whole batches, all alike.
    """

    name: str
    model: nn.Module
    data_parallel: bool = False

    @abstractmethod
    def batches(self, epoch: int) -> Sequence[Any]:
        """Return the epoch's batches in order, as light descriptions (indices)."""

    @abstractmethod
    def load(self, batch: Any) -> Any:
        """Read a described batch from disk; called in a background thread, uses no random numbers."""

    @abstractmethod
    def losses(self, loaded: Any) -> Mapping[str, Tensor]:
        """Return named scalar losses of a loaded batch; their sum is minimised."""

    @abstractmethod
    def validate(self) -> Mapping[str, float]:
        """Return the monitored values on the validation clips, `loss` among them; the model is in evaluation mode."""

    def on_step_start(self, progress: float) -> None:
        """Be told before each optimiser step which share of all steps, from 0 to 1, has been done."""
        return

    def step_metrics(self, seconds: float) -> Mapping[str, float]:
        """Be told after each optimiser step how many seconds it took; return numbers to log that nothing minimises."""
        return {}

    def save_artifacts(self, folder: Path) -> None:
        """Write into the stage's folder, once training is done, what the network wants besides its weights."""
        return


@runtime_checkable
class DataParallel(Protocol):
    """What a `CaptioningModel` may have besides its contract, when processes can divide a batch among them.

    `CaptionTask.data_parallel` is what it says; a network without it is trained on whole batches in every process.
    """

    data_parallel: bool


class Stage(ABC):
    """A step of a method's recipe. A stage whose inputs were run before is loaded, not run again.

    `aacbench.runs` is the only caller: `inputs` in rank zero, more than once a run; there `rehearsal` at most once;
    `run` once, unless the stage is found
    finished, in rank zero while the other processes wait, or in all of them where it is `distributed`.

    The attributes decide how it is run; a dataclass may make any of them its field.
    """

    name: str
    """What its folder and its row in the record are called; stages of one recipe have different names."""
    shared: bool = False
    """Kept in the cache, for every run that asks for the same after the same stages."""
    artifacts: tuple[str, ...] | None = None
    """Of a shared stage: the files that are put into the run's own folder too, so that it outlives the cache."""
    depends_on: tuple[str, ...] | None = None
    """The names of the earlier stages that it builds upon; None is all of them."""
    seed: int | None = None
    """The seed that it is told as the context's; None is the run's."""
    distributed: bool = False
    """Whether all processes of a run do it together."""

    def label(self, context: RunContext) -> str | None:
        """Return how tables call it, in a word; None is its name, "" leaves it out."""
        return None

    @abstractmethod
    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        """Return what decides the outcome, as JSON: settings and data, but not the seed or the earlier stages."""

    def rehearsal(self, context: RunContext, waiting: bool) -> tuple[Task, Any] | None:
        """Return the task that `run` would train, and its `TrainSettings`; None where it trains none.

        `aacbench.runs.rehearsal` asks for it before the first stage is run, with a few clips in the context: weights
        and text encoders are loaded, and a step on two rows says what memory it wants. `waiting` says that stages which
        it builds upon have not been run; None, too, where it cannot do without them.
        """
        return None

    @abstractmethod
    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        """Do the work in `folder`, going on from what a killed run left there; return numbers for the record."""


class Pretraining(ABC):
    """An objective that trains an encoder; the stage `aacbench.training.pretrain.Pretrain` is the only caller.

    It makes the objective of the stage's settings to ask for `cache_key`, and again to ask for its `task`, in every
    process. `start` is the folder of an earlier stage of the same objective, whose network this one goes on from, where
    a recipe says so (`Pretrain(after=...)`); an objective that can do so takes it as a setting.
    """

    start: Path | None = None

    @property
    def cache_key(self) -> str | None:
        """What names what it reads besides its settings, weights say, so that stages know when that changed."""
        return None

    @abstractmethod
    def task(
        self, encoder: nn.Module, features: FeatureSettings, training: list[Clip], validation: list[Clip], seed: int
    ) -> Task:
        """Return the task that trains `encoder` in place on clips that carry the labels."""
