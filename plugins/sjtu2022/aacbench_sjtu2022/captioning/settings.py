"""Settings of SJTU's captioning systems. Defaults are the paper's; where it is silent, its code's (see the README)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from aacbench.errors import UserError
from aacbench.inference.settings import SearchSettings
from aacbench.runs.settings import build, merge
from aacbench.text.normalise import Rule
from aacbench.training.settings import (
    QUICK,
    SMALL_CAPTIONS,
    CaptionTrainSettings,
    Frozen,
    ScheduleSettings,
    ScstSettings,
    TrainSettings,
    require_heads,
)
from aacbench_sjtu2022.retrieval.settings import PRESETS as RETRIEVAL_PRESETS
from aacbench_sjtu2022.retrieval.settings import PairName, SjtuRetrievalSettings, StageSettings

DecoderName = Literal["trm-2", "trm-4", "gru"]


class TransformerSizes(Frozen):
    """The transformer decoders."""

    dim: int = Field(256, ge=1)
    heads: int = Field(4, ge=1)
    feed_forward: int = Field(1024, ge=1)
    dropout: float = Field(0.2, ge=0.0, lt=1.0)

    @model_validator(mode="after")
    def _heads_divide_the_width(self) -> Self:
        require_heads(self.dim, self.heads)
        return self


class GruSizes(Frozen):
    """The GRU decoder."""

    dim: int = Field(512, ge=1)
    embedding_dim: int = Field(512, ge=1)
    attention_dim: int = Field(512, ge=1)
    dropout: float = Field(0.5, ge=0.0, lt=1.0)


OUTER: Mapping[str, str] = {"pairs": "pair", "held_out": "held_out", "merge_validation": "merge_validation"}
"""Settings of a retrieval system that the captioning system says itself, and how it calls them."""


def _plain(value: object) -> object:
    return [*value] if isinstance(value, list | tuple) else value


class SjtuSettings(Frozen):
    """One system: one decoder on top of the frozen extractor, or several as an ensemble."""

    decoders: tuple[DecoderName, ...] = Field(("trm-2",), min_length=1)
    """The members; a name that comes again is trained from another seed."""
    self_critical: bool = True
    """Whether self-critical training follows cross-entropy."""
    average: Literal["log-probabilities", "probabilities"] = "log-probabilities"
    """What an ensemble averages at each step; the mean of log-probabilities is renormalised."""
    merge_validation: bool = True
    held_out: float | None = Field(0.1, gt=0.0, lt=1.0)
    """Share of development and validation together that validates (section 3)."""
    pair: PairName = "cnn14+bert-medium"
    """Which bi-encoder the frozen audio encoder comes from."""
    retrieval: SjtuRetrievalSettings = SjtuRetrievalSettings(
        pretrain=None,
        finetune=StageSettings(
            dataset="mix",
            dataset_settings={"parts": "clotho,audiocaps,macs", "macs.validates": "false"},
            train=TrainSettings(
                epochs=20,
                lr=1e-4,
                schedule=ScheduleSettings(kind="warmup-cosine", warmup_epochs=1.0),
                monitor="recall",
            ),
        ),
    )
    """How the bi-encoder is trained: in one stage, `finetune`, unless `pretrain` is given, too."""
    layers: int = Field(3, ge=1)
    """Bidirectional GRU layers, and their width in each direction."""
    layer_dim: int = Field(256, ge=1)
    layer_dropout: float = Field(0.5, ge=0.0, lt=1.0)
    transformer: TransformerSizes = TransformerSizes()
    gru: GruSizes = GruSizes()
    vocabulary_rule: Rule = "ptb"
    min_count: int = Field(1, ge=1)
    captions: CaptionTrainSettings = CaptionTrainSettings(
        train=TrainSettings(
            epochs=25,
            batch_size=64,
            lr=5e-4,
            weight_decay=1e-6,
            clip_norm=1.0,
            schedule=ScheduleSettings(kind="warmup-exponential", warmup_steps=3000, final_lr=5e-7),
            monitor="cider_d",
        ),
        max_words=20,
        augment=None,
        label_smoothing=0.1,
        final_teacher_forcing_ratio=0.7,
    )
    """`train.average_from=21` averages weights over the last epochs, as the released configuration does."""
    scst: ScstSettings = ScstSettings(
        train=TrainSettings(epochs=100, batch_size=64, lr=5e-5, clip_norm=1.0, monitor="cider_d"),
        max_words=20,
        dropout="sampled",
    )
    search: SearchSettings = SearchSettings(beam_size=3, max_words=20)

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse settings of the bi-encoder that hold for a retrieval system alone."""
        asked, known = given.get("retrieval") or {}, values.get("retrieval") or {}
        for name, own in OUTER.items():
            if name in asked and own not in given and _plain(asked[name]) != _plain(known.get(name)):
                raise UserError(f"retrieval.{name} is of sjtu2022-retrieval; in sjtu2022 it is the setting {own}")
        return given

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if self.scst.frozen_encoder:
            raise ValueError("scst.frozen_encoder: the encoder is frozen in every stage; leave it false")
        if self.merge_validation and self.held_out is None:
            raise ValueError("merge_validation=true wants held_out: without it the validation split validates")
        return self


_SMALL: Mapping[str, Any] = {
    "merge_validation": False,
    "held_out": None,
    "layers": 1,
    "layer_dim": 64,
    "layer_dropout": 0.0,
    "transformer": {"dim": 128, "feed_forward": 256, "dropout": 0.1},
    "gru": {"dim": 128, "embedding_dim": 64, "attention_dim": 64, "dropout": 0.1},
    "captions": merge(
        SMALL_CAPTIONS,
        {
            "train": {"lr": 2e-3, "weight_decay": 0.0, "clip_norm": 2.0, "schedule": {"final_lr": 0.0}},
            "max_words": 30,
            "final_teacher_forcing_ratio": 1.0,
        },
    ),
    "scst": {
        "train": {"batch_size": 16, "lr": 2e-4, "clip_norm": 2.0},
        "max_words": 30,
        "captions_per_sample": "all",
        "dropout": "off",
    },
    "search": {"max_words": 24},
}


def _preset(name: str, captions: Mapping[str, int], scst: Mapping[str, int], samples: int) -> dict[str, Any]:
    """Return an offline preset of this length; its extractor is that of `sjtu2022-retrieval`'s preset."""
    changes = {
        "retrieval": build(SjtuRetrievalSettings, [RETRIEVAL_PRESETS[name]]).model_dump(mode="json"),
        "captions": {"train": captions},
        "scst": {"train": scst, "samples": samples},
    }
    return merge(_SMALL, changes)


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": _preset("smoke", {"epochs": 2}, {"epochs": 1}, 1),
    "quick": _preset("quick", QUICK, {"steps": 400}, 5),
    "paper": {},
}


class MethodConfig:
    """What is known of the method without its networks."""

    settings = SjtuSettings
    presets = PRESETS
