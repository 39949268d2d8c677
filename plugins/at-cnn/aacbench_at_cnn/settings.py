"""Settings of AT-CNN. Defaults are the paper's; where it is silent, the nearest public value (see the README)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from aacbench.inference.settings import SearchSettings
from aacbench.runs.settings import merge
from aacbench.text.normalise import Rule
from aacbench.training.settings import (
    QUICK,
    SMALL_CAPTIONS,
    CaptionTrainSettings,
    Frozen,
    ObjectiveSettings,
    ScheduleSettings,
    SourceSettings,
    TrainSettings,
    require_masked_anew,
)

Source = Literal["asc", "at-balanced", "at-unbalanced"]
SIXTY_HOURS = 21_600  # clips of ten seconds


class EncoderSettings(Frozen):
    """The encoder's size, as a multiple of the published network's, and its dropout.

    `padded_statistics` lets batch norm count padded frames in training, as the public code does.
    """

    width: float = Field(1.0, gt=0.0)
    dropout: float = Field(ge=0.0, lt=1.0)
    padded_statistics: bool = False


class Cnn10Settings(EncoderSettings):
    """CNN10 has a second dropout, before its clip vector."""

    clip_dropout: float = Field(0.5, ge=0.0, lt=1.0)


class PretrainSettings(SourceSettings, ObjectiveSettings):
    """One source task (section 3.2): Adam at 1e-3, batches of 64, the best model on the validation set.

    Unless `dataset_settings` are given, `audioset` trains on the variant's segments, and `mix` has TAU's scenes of 2019
    and 2020.
    """

    max_clips: int | None = None
    """Keep this many clips at most, drawn at random before a tenth is held out."""
    per_class: int | None = None
    """Train on a small set with this many clips for each class."""
    balanced: bool = False
    """Audio tagging alone: draw clips class by class, as PANNs do."""
    batch_size: int = Field(64, ge=1)
    epoch_clips: int | None = None
    """Clips that an epoch draws; None is each training clip once."""
    mixup_alpha: float = Field(0.0, ge=0.0)
    mask_width: int = Field(0, ge=0)
    dropout: float = Field(0.5, ge=0.0, lt=1.0)
    train: TrainSettings = TrainSettings(epochs=100, lr=1e-3, monitor="map", patience=10)


_TAGGING = PretrainSettings(dataset="audioset")


class AtCnnSettings(Frozen):
    """One system."""

    features: Mapping[str, Any] = {"front_end": "at-cnn"}
    """A front-end by name with changes to it. Section 3.2: 64 mel bands, Hann window of 40 ms every 20 ms."""
    scale_features: bool = False
    """Whether each mel bin is scaled to zero mean and unit variance over the training clips, as in the code of 2020."""
    held_out: float | None = Field(0.1, gt=0.0, lt=1.0)
    """Share of the development split that validates (section 3.2); None is the dataset's own validation split."""
    encoder: Literal["cnn10", "crnn5"] = "cnn10"
    cnn10: Cnn10Settings = Cnn10Settings(dropout=0.2)
    crnn5: EncoderSettings = EncoderSettings(dropout=0.3)
    source: Source | None = "at-unbalanced"
    """What the encoder learns first; None is from scratch."""
    weights: str = "published"
    """Where a pretrained encoder comes from: `published` is the authors' checkpoint where there is one (CNN10 with
    AT on all of AudioSet) and training here elsewhere; `train` is training here; else published weights by name, or the
    path of a checkpoint."""
    asc: PretrainSettings = PretrainSettings(
        dataset="mix",
        max_clips=SIXTY_HOURS,
        train=TrainSettings(epochs=100, lr=1e-3, monitor="accuracy", patience=10),
    )
    at_balanced: PretrainSettings = _TAGGING
    at_unbalanced: PretrainSettings = _TAGGING.model_copy(update={"epoch_clips": 128_000})
    dim: int = Field(512, ge=1)
    """Width of the GRU and of the attention's score."""
    embedding_dim: int = Field(512, ge=1)
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    vocabulary_rule: Rule = "spaces"
    min_count: int = Field(1, ge=1)
    captions: CaptionTrainSettings = CaptionTrainSettings(
        train=TrainSettings(
            epochs=25,
            batch_size=32,
            lr=5e-4,
            clip_norm=0.5,
            schedule=ScheduleSettings(kind="steps", factor=0.1, milestones=(8, 14, 20)),
            monitor="cider_d",
        ),
        augment=None,
    )
    search: SearchSettings = SearchSettings(beam_size=3, max_words=20)

    @model_validator(mode="after")
    def _weights_are_for_a_source(self) -> Self:
        if self.source is None and self.weights not in ("published", "train"):
            raise ValueError("from scratch loads no weights; choose a variant with a source task, or leave them out")
        if self.asc.balanced:
            raise ValueError("asc.balanced is for audio tagging, whose clips are drawn class by class; leave it false")
        require_masked_anew(self.captions)
        return self


_COSINE: Mapping[str, Any] = {"kind": "warmup-cosine", "warmup_steps": 20}
_SMALL: Mapping[str, Any] = {
    "features": {"front_end": "at-cnn", "sample_rate": 16000, "window": 1024, "hop": 512, "n_fft": 1024},
    "cnn10": {"width": 0.125, "dropout": 0.0, "clip_dropout": 0.0},
    "crnn5": {"width": 0.25, "dropout": 0.0},
    "weights": "train",
    "dim": 128,
    "embedding_dim": 64,
    "dropout": 0.1,
    "search": {"max_words": 24},
}
_SMALL_CAPTIONS: Mapping[str, Any] = merge(SMALL_CAPTIONS, {"train": {"lr": 3e-3, "clip_norm": 2.0}})


def _small(per_class: int, **train: Any) -> dict[str, Any]:
    """Return the three source tasks of an offline preset: the same number of clips seen, from more or fewer clips."""
    how = {
        "dataset": None,
        "max_clips": None,
        "batch_size": 16,
        "dropout": 0.1,
        "train": {"lr": 3e-3, "patience": None, **train},
    }
    sizes = {"epoch_clips": None if train["epochs"] == 1 else 2520}
    return {
        "asc": {**how, **sizes},
        "at_balanced": {**how, **sizes, "per_class": per_class},
        "at_unbalanced": {**how, **sizes},
    }


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": {**_SMALL, **_small(2, epochs=1), "captions": merge(_SMALL_CAPTIONS, {"train": {"epochs": 2}})},
    "quick": {
        **_SMALL,
        **_small(16, epochs=8, schedule=_COSINE),
        "scale_features": True,  # as PANNs' batch norm would
        "held_out": None,
        "captions": merge(_SMALL_CAPTIONS, {"train": QUICK}),
    },
    "paper": {},
}


class MethodConfig:
    """What is known of the method without its networks."""

    settings = AtCnnSettings
    presets = PRESETS
