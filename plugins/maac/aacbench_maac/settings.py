"""Settings of MAAC. Defaults are the paper's; where it is silent, the public code's (see the README)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from aacbench.errors import UserError
from aacbench.inference.settings import SearchSettings
from aacbench.runs.settings import merge
from aacbench.text.normalise import Rule
from aacbench.training.settings import (
    DEFAULT_BATCH,
    QUICK,
    AugmentSettings,
    CaptionTrainSettings,
    Frozen,
    ScheduleSettings,
    ScstSettings,
    TrainSettings,
    asks_for_default,
    require_masked_anew,
)

_DECAY = ScheduleSettings(kind="exponential", factor=0.98)


class EncoderSettings(Frozen):
    """ResNet38: its size as a multiple of the published network's, its dropout, and where its weights come from."""

    width: float = Field(1.0, gt=0.0)
    dropout: float = Field(0.2, ge=0.0, lt=1.0)
    padded_statistics: bool = False
    """Whether batch norm counts padded frames in training, as the public code does."""
    weights: str | None = "panns-resnet38"
    """Published weights by name, or the path of a checkpoint; None is from scratch."""


class KeywordSettings(Frozen):
    """The keyword table, the head, and the two stages of its training (sections 2.1 and 3.1)."""

    size: int = Field(300, ge=1)
    forms: Literal["lemma", "suffix"] = "lemma"
    """`lemma`: base forms of verbs, nouns as they are. `suffix`: endings cut off, as in the public code."""
    captions: Literal["training", "all"] = "training"
    """Whose captions the table counts; `all` takes in validation and evaluation, as the public code does."""
    hidden: int = Field(2048, ge=1)
    pooling: Literal["mean", "max+mean"] = "mean"
    dropout: float = Field(0.2, ge=0.0, lt=1.0)
    batch_size: int = Field(32, ge=1)
    epoch_clips: int | None = None
    mixup_alpha: float = Field(1.0, ge=0.0)
    separate_mixup: bool = False
    mask_width: int = Field(64, ge=0)
    time_masks: int = Field(3, ge=0)
    mel_masks: int = Field(2, ge=0)
    mel_width: int = Field(5, ge=1)
    frozen: Literal["all", "weights"] = "all"
    """What a frozen encoder keeps; `weights` leaves its dropout and batch-norm statistics in training."""
    head: TrainSettings | None = TrainSettings(epochs=80, lr=1e-3, amsgrad=True, schedule=_DECAY, monitor="map")
    """Training of the head on the frozen encoder; None leaves it out."""
    whole: TrainSettings = TrainSettings(epochs=25, lr=5e-4, amsgrad=True, schedule=_DECAY, monitor="map")

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse the batch size of one stage alone that stands for none having been asked for."""
        stages = [name for name in ("head", "whole") if asks_for_default(given.get(name))]
        if stages and "batch_size" not in given and values.get("batch_size") != DEFAULT_BATCH:
            raise UserError(
                f"keywords.{stages[0]}.batch_size={DEFAULT_BATCH} is not told from its default, which leaves it to "
                f"keywords.batch_size ({values.get('batch_size')}); set that one, for both stages"
            )
        return given


class DecoderSettings(Frozen):
    """The decoder multimodal-lstm; see `aacbench.models.decoders.multimodal_lstm`."""

    dim: int = Field(512, ge=1)
    attention_dim: int = Field(512, ge=1)
    keywords: bool = True
    previous: bool = True
    shared: bool = True
    gate: Literal["glu", "linear"] = "glu"
    first: Literal["mean", "linear"] = "mean"
    keyword_gradient: bool = False
    embedding_dropout: float = Field(0.5, ge=0.0, lt=1.0)
    dropout: float = Field(0.25, ge=0.0, lt=1.0)


class MaacSettings(Frozen):
    """One system."""

    features: Mapping[str, Any] = {"front_end": "maac"}
    """A front-end by name with changes to it; 64 mel bins from 1024 samples every 512, decibels of the magnitude."""
    held_out: float | None = Field(None, gt=0.0, lt=1.0)
    encoder: EncoderSettings = EncoderSettings()
    keywords: KeywordSettings = KeywordSettings()
    top: int = Field(5, ge=1)
    """How many keywords the decoder reads (K)."""
    decoder: DecoderSettings = DecoderSettings()
    frozen: Literal["all", "weights"] = "all"
    """How the keyword encoder is frozen in captioning, as `keywords.frozen`."""
    vocabulary_rule: Rule = "spaces"
    min_count: int = Field(1, ge=1)
    captions: CaptionTrainSettings = CaptionTrainSettings(
        train=TrainSettings(
            epochs=30,
            lr=3e-4,
            weight_decay=1e-6,
            clip_norm=2.5,
            schedule=_DECAY,
            monitor="spider",
            keep_final=True,
        ),
        augment=AugmentSettings(probability=0.2, time_masks=2, time_width=30, mel_masks=2, mel_width=15, fill="mean"),
        label_smoothing=0.1,
        final_teacher_forcing_ratio=0.7,
    )
    self_critical: bool = True
    """Whether self-critical training follows cross-entropy."""
    scst: ScstSettings = ScstSettings(
        train=TrainSettings(epochs=55, lr=5e-5, weight_decay=1e-6, clip_norm=2.5, schedule=_DECAY, monitor="cider_d"),
        reduction="words",
        start="final",  # section 3.1: the network of the 30th epoch
        augment=None,
    )
    trained_encoder: bool = False
    """Whether self-critical training trains the keyword encoder, too, as the released code does (with SpecAugment on
    its input, `scst.augment`); this wants `frozen` to be `weights`, so that the encoder is part of the network."""
    search: SearchSettings = SearchSettings(beam_size=4, max_words=30, length_power=1.15, stop="beam-finished")
    beam_forgets: bool = False
    """Search with the memory of words said that the released code has: one zero vector at every step."""

    @model_validator(mode="after")
    def _encoder_is_part_of_the_network(self) -> Self:
        if self.trained_encoder and self.frozen != "weights":
            raise ValueError("trained_encoder=true wants frozen=weights: else the encoder's outputs are computed once")
        if self.self_critical and self.scst.start == "final" and not self.captions.train.keep_final:
            raise ValueError("scst.start=final wants captions.train.keep_final=true")
        if self.frozen == "all" and self.scst.frozen_encoder:
            raise ValueError(
                "scst.frozen_encoder: with frozen=all the encoder is frozen in every stage; leave it false"
            )
        if self.frozen != "all":
            require_masked_anew(self.captions)
            require_masked_anew(self.scst)
        return self


_SMALL: Mapping[str, Any] = {
    "features": {"front_end": "maac", "sample_rate": 16000, "f_max": 8000.0, "mel_bins": 32},
    "encoder": {"width": 0.125, "dropout": 0.0, "weights": None},
    "keywords": {
        "size": 100,
        "hidden": 64,
        "dropout": 0.1,
        "batch_size": 16,
        "mixup_alpha": 0.0,
        "mask_width": 0,
    },
    "decoder": {"dim": 128, "attention_dim": 128, "embedding_dropout": 0.1, "dropout": 0.1},
    "captions": {
        "train": {
            "batch_size": 16,
            "lr": 3e-3,
            "clip_norm": 2.0,
            "weight_decay": 0.0,
            "monitor": "loss",
            "keep_final": False,
        },
        "captions_per_sample": "all",
        "augment": None,
        "final_teacher_forcing_ratio": 1.0,
    },
    "scst": {
        "train": {"batch_size": 16, "lr": 2e-4, "clip_norm": 2.0, "weight_decay": 0.0},
        "start": "best",
        "captions_per_sample": "all",
        "samples": 5,
    },
    "search": {"max_words": 24},
}
_COSINE: Mapping[str, Any] = {"kind": "warmup-cosine", "warmup_steps": 20}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": merge(
        _SMALL,
        {
            "keywords": {"head": {"epochs": 1, "lr": 3e-3}, "whole": {"epochs": 1, "lr": 3e-3}},
            "captions": {"train": {"epochs": 2}},
            "scst": {"train": {"epochs": 1}},
        },
    ),
    "quick": merge(
        _SMALL,
        {
            "keywords": {"head": None, "whole": {"steps": 300, "lr": 3e-3, "schedule": _COSINE}},
            "captions": {"train": {**QUICK, "schedule": {**_COSINE, "warmup_steps": 50}}},
            "scst": {"train": {"steps": 400, "schedule": {**_COSINE, "warmup_steps": 10}, "validate_every": 2}},
        },
    ),
    "paper": {},
}


class MethodConfig:
    """What is known of the method without its networks."""

    settings = MaacSettings
    presets = PRESETS
