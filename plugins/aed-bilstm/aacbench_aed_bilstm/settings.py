"""Settings of AED-BiLSTM. Defaults are the paper's; where it is silent, see the README."""

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
)

Embeddings = Literal["ast", "yamnet", "logmel"]


class EmbeddingSettings(Frozen):
    """A pretrained network: its front-end by name, with changes to it, the encoder's settings, how it learns to tag."""

    features: Mapping[str, Any]
    encoder: Mapping[str, Any] = {}
    tagging: TaggingSettings = TaggingSettings(
        mixup_alpha=0.0, mask_width=0, train=TrainSettings(epochs=30, lr=1e-3, monitor="map")
    )


class AedBilstmSettings(Frozen):
    """One system."""

    embeddings: Embeddings = "ast"
    """What the BiLSTM reads: embeddings of segments, or the frames of `logmel`."""
    ast: EmbeddingSettings = EmbeddingSettings(features={"front_end": "ast"}, encoder={"window": 96, "pooling": "cls"})
    """`encoder.window` is w of section 2.1 in frames of 10 ms; segments overlap by half."""
    yamnet: EmbeddingSettings = EmbeddingSettings(features={"front_end": "yamnet"})
    logmel: Mapping[str, Any] = {"front_end": "ast"}
    scale_logmel: bool = False
    """Whether each bin of the baseline is scaled over the training clips; AST's front-end has a scale of its own."""
    weights: str = "published"
    """`published` are AudioSet's, by the encoder's name; `train` tags here; else weights by name, or a path."""
    layers: int = Field(2, ge=1)
    """Bidirectional LSTM layers, and their width in each direction."""
    layer_dim: int = Field(256, ge=1)
    layer_dropout: float = Field(0.0, ge=0.0, lt=1.0)
    dim: int = Field(512, ge=1)
    """Width of the decoder's LSTM."""
    attention_dim: int = Field(256, ge=1)
    embedding_dim: int = Field(256, ge=1)
    dropout: float = Field(0.3, ge=0.0, lt=1.0)
    vocabulary_rule: Rule = "spaces"
    min_count: int = Field(10, ge=1)
    """Words seen less often in the training captions are unknown."""
    captions: CaptionTrainSettings = CaptionTrainSettings(
        train=TrainSettings(
            epochs=100,
            batch_size=32,
            lr=1e-4,
            # The rate falls at the first validation after `patience` ones without a better BLEU: the third in a row.
            schedule=ScheduleSettings(kind="plateau", factor=0.5, patience=2),
            monitor="bleu_4",
            patience=10,
        ),
        max_words=18,
        augment=AugmentSettings(probability=0.4, time_masks=1, time_width=192, mel_masks=1, mel_width=48),
    )
    search: SearchSettings = SearchSettings(beam_size=3, max_words=18, say_unknown=True)

    @model_validator(mode="after")
    def _weights_are_for_embeddings(self) -> Self:
        if self.embeddings == "logmel" and self.weights not in ("published", "train"):
            raise ValueError("the log-mel baseline loads no weights; choose another variant, or leave them out")
        return self


_COARSE = {"window": 640, "n_fft": 1024, "hop": 320}  # 40 ms every 20 ms: half the frames
_WINDOW = {"window": 48, "frame_seconds": 0.02}  # 0.96 s


def _tagging(epochs: int, lr: float) -> dict[str, Any]:
    schedule = {"kind": "warmup-cosine", "warmup_steps": 40}
    return {"batch_size": 16, "dropout": 0.1, "train": {"epochs": epochs, "lr": lr, "schedule": schedule}}


def _small(ast_epochs: int, yamnet_epochs: int) -> dict[str, Any]:
    """Return the networks of an offline preset; both kinds learn to tag for about as long."""
    size = {"dim": 64, "layers": 2, "heads": 4, "feed_forward": 128, "stride": 16, "pooling": "cls"}
    return {
        "ast": {
            "features": {**_COARSE, "mel_bins": 64},
            "encoder": {**_WINDOW, **size},
            "tagging": _tagging(ast_epochs, 1e-3),
        },
        "yamnet": {
            "features": {**_COARSE, "patch": 15680},
            "encoder": {**_WINDOW, "hop": 24, "width": 0.125},
            "tagging": _tagging(yamnet_epochs, 3e-3),
        },
        "logmel": {"front_end": "panns-16k", "hop": 1600, "window": 2048, "n_fft": 2048, "mel_bins": 64},
        "scale_logmel": True,
        "weights": "train",
        "layer_dim": 64,
        "dim": 128,
        "attention_dim": 64,
        "embedding_dim": 64,
        "dropout": 0.1,
        "search": {"max_words": 24, "say_unknown": False},
    }


_SMALL_CAPTIONS: Mapping[str, Any] = merge(
    SMALL_CAPTIONS,
    {
        "train": {"lr": 3e-3, "clip_norm": 2.0},
        "max_words": 30,
        "augment": {"time_width": 32, "mel_width": 16, "versions": 2},
    },
)
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": {**_small(1, 1), "min_count": 1, "captions": merge(_SMALL_CAPTIONS, {"train": {"epochs": 2}})},
    "quick": {**_small(16, 16), "captions": merge(_SMALL_CAPTIONS, {"train": QUICK})},
    "paper": {},
}


class MethodConfig:
    """What is known of the method without its networks."""

    settings = AedBilstmSettings
    presets = PRESETS
