"""Settings of SJTU's retrieval systems. Defaults are the paper's; where it is silent, its code's (see the README)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from aacbench.training.settings import (
    Frozen,
    ObjectiveSettings,
    ScheduleSettings,
    SourceSettings,
    TrainSettings,
    require_heads,
)

PairName = Literal["wlcnn14+bert-base", "cnn14+bert-medium", "cnn14+bert-base", "cnn14+roberta-base", "ast+bert-base"]


class AudioSettings(Frozen):
    """One audio encoder: what it hears, its own settings, and the weights it starts from (None: random)."""

    features: Mapping[str, Any]
    settings: Mapping[str, Any] = {}
    weights: str | None = None
    """Published weights by name, or a path."""
    dropout: float = Field(0.0, ge=0.0, lt=1.0)
    """Of the clip vector, before its projection."""


class TextSizes(Frozen):
    """One text encoder: its weights, and its size where these are random."""

    source: str = "published"
    """`published` is the hub's, by id and revision; `captions` is random weights with the training captions' words;
    else a folder in the hub's form."""
    dim: int = Field(128, ge=1)
    layers: int = Field(2, ge=1)
    heads: int = Field(4, ge=1)
    dropout: float = Field(0.1, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> Self:
        require_heads(self.dim, self.heads)
        return self


class StageSettings(SourceSettings, ObjectiveSettings):
    """One of the two trainings (section 3): Adam, batches of 128, one warm-up epoch, a half cosine to 0."""

    batch_size: int = Field(128, ge=2)
    train: TrainSettings


def _train(lr: float) -> TrainSettings:
    schedule = ScheduleSettings(kind="warmup-cosine", warmup_epochs=1.0)
    return TrainSettings(epochs=20, lr=lr, schedule=schedule, monitor="recall")


class SjtuRetrievalSettings(Frozen):
    """One system: a pair of encoders, or several whose similarities are averaged."""

    pairs: tuple[PairName, ...] = Field(("wlcnn14+bert-base",), min_length=1)
    merge_validation: bool = True
    held_out: float | None = Field(0.1, gt=0.0, lt=1.0)
    """Share of development and validation together that validates (section 3)."""
    wavegram_logmel_cnn14: AudioSettings = AudioSettings(
        features={"front_end": "panns-waveform"}, weights="panns-wavegram-logmel-cnn14", dropout=0.5
    )
    cnn14: AudioSettings = AudioSettings(features={"front_end": "panns"}, weights="panns-cnn14", dropout=0.5)
    ast: AudioSettings = AudioSettings(
        features={"front_end": "ast"},
        settings={"window": 1024, "hop": 1024, "stride": 16, "pooling": "mean"},  # footnote 1: a stride of 16
        weights="ast",
    )
    bert_base: TextSizes = TextSizes()
    bert_medium: TextSizes = TextSizes()
    roberta_base: TextSizes = TextSizes()
    max_tokens: int = Field(30, ge=3)
    """Tokens of a caption, the first and the last one included."""
    dim: int = Field(1024, ge=1)
    """Width of the common space."""
    temperature: float = Field(0.07, gt=0.0)
    """Before training."""
    crop_seconds: float | None = Field(10.0, gt=0.0)
    """Length of the excerpt that training hears; None is the whole clip."""
    captions: Literal["random", "one", "all"] = "random"
    """A sample: a clip with one caption drawn anew in each epoch, each pair of clip and caption, or a clip with all."""
    other_captions: Literal["ignored", "negatives"] = "ignored"
    """Whether other captions of the same clip in a batch count as wrong, as they do in equation 6."""
    reduction: Literal["sum", "mean"] = "sum"
    """Of the two directions of the loss: equation 6 adds them, the authors' code takes their mean."""
    pretrain: StageSettings | None = StageSettings(dataset="audiocaps", train=_train(1e-4))
    finetune: StageSettings = StageSettings(train=_train(2e-5))

    @model_validator(mode="after")
    def _merged_clips_are_held_out(self) -> Self:
        if self.merge_validation and self.held_out is None:
            raise ValueError("merge_validation=true wants held_out: without it the validation split validates")
        return self


_COARSE: Mapping[str, Any] = {
    "sample_rate": 16000, "window": 1024, "n_fft": 1024, "hop": 512, "f_max": 8000.0, "mel_bins": 32,
}  # fmt: skip
_NO_DROPOUT: Mapping[str, Any] = {"dropout": 0.0, "clip_dropout": 0.0}
_WORDS: Mapping[str, Any] = {"source": "captions", "layers": 1, "dropout": 0.0}
_AST: Mapping[str, Any] = {
    "window": 32, "hop": 32, "dim": 96, "layers": 2, "heads": 4, "feed_forward": 192, "frame_seconds": 0.032,
}  # fmt: skip
_SMALL: Mapping[str, Any] = {
    "merge_validation": False,
    "held_out": None,
    "wavegram_logmel_cnn14": {
        "features": _COARSE,
        "settings": {"width": 0.0625, **_NO_DROPOUT},
        "weights": None,
        "dropout": 0.0,
    },
    "cnn14": {
        "features": _COARSE,
        "settings": {"width": 0.0625, **_NO_DROPOUT},
        "weights": None,
        "dropout": 0.0,
    },
    "ast": {
        "features": {"window": 1024, "n_fft": 1024, "hop": 512, "mel_bins": 64},
        "settings": _AST,
        "weights": None,
    },
    "bert_base": {**_WORDS, "dim": 96},
    "bert_medium": {**_WORDS, "dim": 64},
    "roberta_base": {**_WORDS, "dim": 96},
    "dim": 128,
    "captions": "all",
    "pretrain": None,
}
_SMALL_TRAIN: Mapping[str, Any] = {"lr": 2e-3, "clip_norm": 2.0}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": {**_SMALL, "finetune": {"batch_size": 8, "train": {**_SMALL_TRAIN, "epochs": 2}}},
    "quick": {
        **_SMALL,
        "finetune": {"batch_size": 32, "train": {**_SMALL_TRAIN, "steps": 300, "validate_every": 4}},
    },
    "paper": {},
}


class MethodConfig:
    """What is known of the method without its networks."""

    settings = SjtuRetrievalSettings
    presets = PRESETS
