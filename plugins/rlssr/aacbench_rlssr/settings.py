"""Settings of RLSSR. Defaults are the paper's; where it is silent, the nearest public value (see the README)."""

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
    AugmentSettings,
    CaptionTrainSettings,
    Frozen,
    ScheduleSettings,
    TaggingSettings,
    TrainSettings,
    require_heads,
    require_masked_anew,
)

_COSINE: Mapping[str, Any] = {"kind": "warmup-cosine", "warmup_steps": 20}


class RlssrSettings(Frozen):
    """One system."""

    features: Mapping[str, Any] = {"front_end": "rlssr"}
    """A front-end by name with changes to it. Section 4.1: 64 mel bands, 44.1 kHz, FFT 1024, hop 512."""
    width: float = Field(1.0, gt=0.0)
    """Channels of CNN10, as a multiple of the published network's."""
    encoder_dropout: float = Field(0.2, ge=0.0, lt=1.0)
    """Dropout after each block of CNN10; PANNs' 0.2."""
    padded_statistics: bool = False
    """Whether batch norm counts padded frames in training, as public codes do; False counts valid ones alone."""
    pretrained: bool = True
    weights: str = "panns-cnn10"
    """What `pretrained` loads: published weights by name, a path, or `audio-tagging` to train them here."""
    pretrain: TaggingSettings = TaggingSettings(
        train=TrainSettings(epochs=20, lr=1e-3, amsgrad=True, monitor="map"),
    )
    encoder_layers: int = Field(2, ge=0)
    """Layers of the transformer encoder (section 3.1); 0 leaves it out (Table 1)."""
    decoder_layers: int = Field(2, ge=1)
    dim: int = Field(192, ge=2)
    heads: int = Field(4, ge=1)
    feed_forward: int = Field(2048, ge=1)
    dropout: float = Field(0.2, ge=0.0, lt=1.0)
    similarity: Literal["l1", "l2", "cosine", "huber"] | None = "l1"
    """Distance between the reconstructed and the pooled audio (section 3.3); None trains without RLSSR."""
    pool_first: bool = False
    """False: linear, then average over words (the text); True: average, then feed-forward (equation 1)."""
    similarity_hidden: int | None = None
    """Width of a hidden ReLU layer in the reconstruction; None is one linear layer, for which both orders agree."""
    stop_gradient: bool = False
    """Whether the pooled audio is a fixed target; the paper names no stop-gradient."""
    alpha: float = Field(1.0, ge=0.0)
    """Weight of the cross-entropy (equation 2)."""
    beta: float = Field(1.0, ge=0.0)
    """Weight of RLSSR (equation 2)."""
    vocabulary_rule: Rule = "spaces"
    min_count: int = Field(1, ge=1)
    captions: CaptionTrainSettings = CaptionTrainSettings(
        train=TrainSettings(
            epochs=200,
            batch_size=64,
            accumulation=4,
            lr=3e-4,
            weight_decay=1e-6,
            clip_norm=2.5,
            schedule=ScheduleSettings(kind="exponential", factor=0.98),
            patience=10,
        ),
        augment=AugmentSettings(),
    )
    search: SearchSettings = SearchSettings(beam_size=4, max_words=30)

    @model_validator(mode="after")
    def _weights_are_for_pretrained(self) -> Self:
        if not self.pretrained and self.weights not in ("panns-cnn10", "audio-tagging"):
            raise ValueError("a variant from scratch loads no weights; choose one with +pann, or leave them out")
        require_masked_anew(self.captions)
        require_heads(self.dim, self.heads)
        return self


_SMALL: Mapping[str, Any] = {
    "features": {"front_end": "panns-16k", "window": 1024, "n_fft": 1024, "hop": 512, "mel_bins": 32},
    "width": 0.125,
    "encoder_dropout": 0.0,
    "weights": "audio-tagging",
    "stop_gradient": True,
    "beta": 0.1,  # pooled activations are near one here, ten times those of PANNs: what equal weights are there
    "dim": 128,
    "feed_forward": 256,
    "dropout": 0.1,
    "search": {"max_words": 24},
}
_SMALL_PRETRAIN: Mapping[str, Any] = {"batch_size": 16, "mixup_alpha": 0.0, "mask_width": 0, "dropout": 0.1}
_SMALL_CAPTIONS: Mapping[str, Any] = merge(
    SMALL_CAPTIONS, {"train": {"accumulation": 1, "lr": 2e-3}, "augment": {"time_width": 16, "mel_width": 4}}
)

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": {
        **_SMALL,
        "pretrain": {**_SMALL_PRETRAIN, "train": {"epochs": 1, "lr": 3e-3}},
        "captions": merge(_SMALL_CAPTIONS, {"train": {"epochs": 3}}),
    },
    "quick": {
        **_SMALL,
        "pretrain": {**_SMALL_PRETRAIN, "train": {"epochs": 8, "lr": 3e-3, "schedule": _COSINE}},
        "captions": merge(_SMALL_CAPTIONS, {"train": QUICK}),
    },
    "paper": {},
}


class MethodConfig:
    """What is known of the method without its networks."""

    settings = RlssrSettings
    presets = PRESETS
