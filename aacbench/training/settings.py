"""How a network is trained. Plain data with the units in the names; importing this loads no network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from aacbench.contracts.settings import Frozen as Frozen
from aacbench.errors import UserError

PrecisionName = Literal["auto", "float32", "bfloat16", "float16"]
SHORT = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
Frequencies = Literal["development", "batch"]


class ScheduleSettings(Frozen):
    """Learning rate over optimiser steps.

    `constant`; `exponential` multiplies by `factor` after each epoch; `warmup-exponential` rises linearly for
    `warmup_steps` (or `warmup_epochs`, where that is longer), then falls exponentially to `final_lr`; `warmup-cosine`
    rises, then follows a half cosine to `final_lr`; `plateau` multiplies by `factor` at the first validation after
    `patience` ones without a better monitor; `steps` multiplies by `factor` after each of `milestones`, in epochs.
    """

    later = ("milestones",)
    kind: Literal["constant", "exponential", "warmup-exponential", "warmup-cosine", "plateau", "steps"] = "constant"
    factor: float = Field(0.98, gt=0.0, le=1.0)
    warmup_steps: int = Field(0, ge=0)
    warmup_epochs: float = Field(0.0, ge=0.0)
    final_lr: float = Field(0.0, ge=0.0)
    patience: int = Field(3, ge=0)
    milestones: tuple[int, ...] = ()


class TrainSettings(Frozen):
    """One training stage. An optimiser step sees `batch_size` x `accumulation` samples, in all processes together.

    In pretraining, the objective has a `batch_size` of its own, which holds unless this one is another than 32.
    """

    later = ("steps", "average_from", "gradient_checkpointing", "micro_batch", "keep_final", "compile")
    epochs: int = Field(30, ge=1)
    steps: int | None = Field(None, ge=1)
    """Optimiser steps, to an epoch's end, in place of `epochs`: as much work on a large dataset as on a small one."""
    batch_size: int = Field(32, ge=1)
    accumulation: int = Field(1, ge=1)
    optimizer: Literal["adam", "adamw"] = "adam"
    lr: float = Field(3e-4, gt=0.0)
    weight_decay: float = Field(0.0, ge=0.0)
    amsgrad: bool = False
    clip_norm: float | None = Field(None, gt=0.0)
    schedule: ScheduleSettings = ScheduleSettings()
    monitor: str = "loss"
    """What early stopping and the kept checkpoint watch: `loss` (lower is better) or a score (higher is better)."""
    patience: int | None = Field(None, ge=1)
    """Validations without a better monitor before training ends; None trains all epochs."""
    validate_every: int = Field(1, ge=1)
    """Epochs between validations; the last epoch is always validated."""
    precision: PrecisionName = "auto"
    """`auto` is bfloat16 autocast on a GPU that has it, float32 elsewhere; fp32, bf16 and fp16 are understood, too."""
    compile: bool = False
    """Whether torch compiles the network's parts (`torch.compile`): fewer kernels on a GPU, after a minute of
    compiling. A part that it cannot compile runs as it is."""
    checkpoint_seconds: float = Field(60.0, ge=0.0)
    """About this much training is lost by a kill at most, or 20 times what writing takes, where that is longer. With 0
    a checkpoint is written after every step."""
    gradient_checkpointing: bool = False
    """Whether encoders keep what their blocks give alone, and compute the insides again for the gradient: less memory,
    about a third more time, the same result."""
    micro_batch: int | None = Field(None, ge=1)
    """Clips (or captions) that are encoded at a time, and again for the gradient. The loss is still that of the whole
    batch, with all its negatives; batch norm has the statistics of a part."""
    average_from: int | None = Field(None, ge=1)
    """From the end of this epoch on, weights are averaged over epochs, and the average is kept in place of the best."""

    keep_final: bool = False
    """Whether the weights of the last epoch are kept, too, beside the best ones."""

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let `epochs` that are asked for take the place of a preset's `steps`."""
        asked = "epochs" in given and "steps" not in given and values.get("steps") is not None
        return {**given, "steps": None} if asked else given

    def epochs_of(self, steps_per_epoch: int) -> int:
        """Return how many epochs are trained, where an epoch has that many optimiser steps."""
        return self.epochs if self.steps is None else math.ceil(self.steps / max(1, steps_per_epoch))

    @field_validator("precision", mode="before")
    @classmethod
    def _named(cls, name: Any) -> Any:
        """Take the short names, so that a stage has one key under either."""
        return SHORT.get(name, name) if isinstance(name, str) else name


DEFAULT_BATCH: int = TrainSettings.model_fields["batch_size"].default
"""`train.batch_size` where nobody asked for one: in pretraining, any other goes before the objective's own."""


def asks_for_default(train: object) -> bool:
    """Whether given settings of training ask for the batch size that stands for none having been asked for."""
    return isinstance(train, Mapping) and train.get("batch_size") == DEFAULT_BATCH


class ObjectiveSettings(Frozen):
    """Pretraining with a `batch_size` of the objective, and `train`, whose `batch_size` means the same."""

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the objective the batch size of training, where that alone is given and is training's default."""
        asked = asks_for_default(given.get("train")) and "batch_size" not in given
        return super().meant({**given, "batch_size": DEFAULT_BATCH} if asked else given, values)


class SourceSettings(Frozen):
    """Which dataset a stage trains on."""

    dataset: str | None = None
    """A dataset by name; None is the run's own where its clips carry the labels, else `soundscapes`."""
    version: str | None = None
    dataset_settings: Mapping[str, str] = {}

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse a version or settings of a dataset where none is named: those of the run's own are the run's."""
        asked = [name for name in ("version", "dataset_settings") if given.get(name)]
        if asked and "dataset" not in given and values.get("dataset") is None:
            raise UserError(f"{asked[0]} is that of the dataset that a stage trains on, and none is named; set dataset")
        return super().meant(given, values)


class TaggingSettings(ObjectiveSettings):
    """Audio tagging in place of published weights, for presets without downloads."""

    dataset: str | None = None
    """As in `SourceSettings`."""
    batch_size: int = Field(32, ge=1)
    mixup_alpha: float = Field(1.0, ge=0.0)
    mask_width: int = Field(64, ge=0)
    dropout: float = Field(0.5, ge=0.0, lt=1.0)
    train: TrainSettings = TrainSettings(epochs=20, lr=1e-3, monitor="map")


def require_heads(dim: int, heads: int) -> None:
    """Refuse a width that the heads of attention cannot divide among them.

    Raises:
        ValueError: it is no multiple of their number.
    """
    if dim % heads:
        raise ValueError(f"dim={dim} is no multiple of heads={heads}")


def require_masked_anew(captions: CaptionDataSettings) -> None:
    """Refuse kept versions of masked clips for a network that hears every clip anew.

    Raises:
        ValueError: `augment.versions` is given.
    """
    if captions.augment is not None and captions.augment.versions is not None:
        raise ValueError("augment.versions is for frozen encoders, whose outputs are kept; leave it none")


class AugmentSettings(Frozen):
    """SpecAugment (Park et al. 2019) on training features: stripes of time frames and of mel bins.

    `time_width` and `mel_width` are maxima, drawn uniformly. Probability is per clip.
    """

    probability: float = Field(1.0, ge=0.0, le=1.0)
    time_masks: int = Field(2, ge=0)
    time_width: int = Field(64, ge=1)
    mel_masks: int = Field(2, ge=0)
    mel_width: int = Field(8, ge=1)
    fill: Literal["zero", "mean"] = "mean"
    versions: int | None = Field(None, ge=1)
    """On top of a frozen encoder, which reads the masked clips: encode and keep this many of a clip, and draw from
    them; None masks and encodes anew each time. Without a frozen encoder every clip is masked anew."""


class CaptionDataSettings(Frozen):
    """What a stage trains on, and how."""

    train: TrainSettings = TrainSettings()
    captions_per_sample: Literal["one", "all"] = "one"
    """`one`: each (clip, caption) pair is a sample. `all`: a clip with all its captions is, and is encoded once."""
    max_words: int = 30
    """Training captions are cut to this many words."""
    augment: AugmentSettings | None = None


class CaptionTrainSettings(CaptionDataSettings):
    """Cross-entropy training of captions."""

    renamed: ClassVar[Mapping[str, str]] = {"last_teaching": "final_teacher_forcing_ratio"}

    augment: AugmentSettings | None = AugmentSettings()
    label_smoothing: float = Field(0.0, ge=0.0, lt=1.0)
    """Share of the target that is spread over all words."""
    final_teacher_forcing_ratio: float = Field(1.0, ge=0.0, le=1.0)
    """Scheduled sampling (Bengio et al. 2015): the chance that a step is fed the reference's word, which falls linearly
    from 1 to this; otherwise it is fed the network's own best word. One coin a step for the whole batch."""


class ScstSettings(CaptionDataSettings):
    """Self-critical training. An item is a (clip, caption) pair, or with `captions_per_sample` `all` a clip."""

    later = ("start",)
    start: Literal["best", "final"] = "best"
    """The weights of cross-entropy that it goes on from: the best ones, or its last epoch's (`train.keep_final`)."""
    train: TrainSettings = TrainSettings(epochs=55, lr=5e-5, monitor="cider_d")
    samples: int = Field(1, ge=1)
    """Captions drawn for each item."""
    temperature: float = Field(1.0, gt=0.0)
    limit: Literal["batch", "max_words"] = "batch"
    """How long captions may grow: as the longest of the batch's references, or `max_words`; EOS comes on top."""
    dropout: Literal["off", "encoder", "sampled"] = "off"
    """What is in training mode while captions are drawn."""
    reward: Mapping[str, float] = {}
    """Weights of scores by name, such as {"spider": 1.0}; empty is CIDEr-D."""
    frequencies: Frequencies = "development"
    """Whose references CIDEr-D counts its documents in."""
    reduction: Literal["batch", "words"] = "batch"
    """`batch`: the mean over drawn captions of their sums over words (003); `words`: the mean over words (004)."""
    frozen_encoder: bool = False
    """Leave the encoder, its batch norm included, as it is."""


SMALL_CAPTIONS: Mapping[str, Any] = {
    "train": {
        "batch_size": 16,
        "schedule": {"kind": "warmup-cosine", "warmup_steps": 50},
        "monitor": "loss",
        "patience": None,
        "validate_every": 3,
    },
    "captions_per_sample": "all",
}
"""How presets for two cores train captions, whatever the paper says."""
QUICK: Mapping[str, int] = {"steps": 700, "validate_every": 4}
"""How long preset `quick` trains captions, on any dataset: to the level, on the 400 clips of soundscapes 2.0."""
