"""Settings of seq2seq. There is no paper: the preset `paper` is the parts at full size, with usual training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from aacbench.inference.settings import SearchSettings
from aacbench.runs.settings import merge
from aacbench.text.normalise import Rule
from aacbench.training.settings import (
    DEFAULT_BATCH,
    QUICK,
    SMALL_CAPTIONS,
    AugmentSettings,
    CaptionTrainSettings,
    Frozen,
    ScheduleSettings,
    SourceSettings,
    TrainSettings,
    asks_for_default,
    require_masked_anew,
)


class PretrainSettings(SourceSettings):
    """How the encoder is pretrained; the objective's own settings are `pretraining_settings`."""

    max_clips: int | None = None
    """Train on this many clips at most, drawn at random."""
    train: TrainSettings = TrainSettings(epochs=20, lr=1e-3)


class Seq2SeqSettings(Frozen):
    """One combination: parts by their registered names, each with its own settings (`encoder_settings.width=0.5`)."""

    encoder: str = "cnn10"
    encoder_settings: Mapping[str, Any] = {}
    features: Mapping[str, Any] = {}
    """Changes to the front-end that the encoder names."""
    decoder: str = "transformer"
    decoder_settings: Mapping[str, Any] = {}
    pretraining: str | None = "audio-tagging"
    """What the encoder learns first; None is nothing."""
    pretraining_settings: Mapping[str, Any] = {}
    pretrain: PretrainSettings = PretrainSettings()
    weights: str | None = None
    """Published weights of the encoder by name, or the path of a checkpoint, in place of pretraining."""
    small: bool = False
    """Start from the settings with which the parts say they are small, and lay the given ones over them."""
    vocabulary_rule: Rule = "spaces"
    min_count: int = Field(1, ge=1)
    captions: CaptionTrainSettings = CaptionTrainSettings(
        train=TrainSettings(
            epochs=30,
            batch_size=32,
            lr=3e-4,
            clip_norm=2.0,
            schedule=ScheduleSettings(kind="warmup-cosine", warmup_steps=1000),
            monitor="cider_d",
        ),
        augment=AugmentSettings(),
    )
    search: SearchSettings = SearchSettings(beam_size=4, max_words=30)

    @classmethod
    def meant(cls, given: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the objective the batch size of training, where that alone is given and is training's default."""
        own = dict(given.get("pretraining_settings") or {})
        if not asks_for_default((given.get("pretrain") or {}).get("train")) or "batch_size" in own:
            return given
        return {**given, "pretraining_settings": {**own, "batch_size": DEFAULT_BATCH}}

    @model_validator(mode="after")
    def _every_clip_is_masked_anew(self) -> Self:
        require_masked_anew(self.captions)
        return self


_SMALL: Mapping[str, Any] = {"small": True, "search": {"max_words": 24}}
_SMALL_PRETRAIN: Mapping[str, Any] = {
    "train": {"lr": 3e-3, "schedule": {"kind": "warmup-cosine", "warmup_steps": 20}},
}
_SMALL_CAPTIONS: Mapping[str, Any] = merge(
    SMALL_CAPTIONS, {"train": {"lr": 2e-3}, "augment": {"time_width": 16, "mel_width": 4}}
)


def _preset(pretraining: int, captions: Mapping[str, int]) -> dict[str, Any]:
    """Return an offline preset that pretrains for so many epochs, and how long it learns captions."""
    return {
        **_SMALL,
        "pretrain": merge(_SMALL_PRETRAIN, {"train": {"epochs": pretraining}}),
        "captions": merge(_SMALL_CAPTIONS, {"train": captions}),
    }


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smoke": _preset(1, {"epochs": 2}),
    "quick": _preset(8, QUICK),
    "paper": {},
}
