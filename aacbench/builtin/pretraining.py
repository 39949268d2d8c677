"""Specs of the shared pretraining objectives."""

from __future__ import annotations

from aacbench.contracts import PretrainingSpec

SPECS: tuple[PretrainingSpec, ...] = (
    PretrainingSpec(
        name="audio-tagging",
        summary="which sound events are in the clip: multi-label binary cross-entropy, mean average precision",
        factory="aacbench.pretraining.audio_tagging:AudioTagging",
        labels="tags",
    ),
    PretrainingSpec(
        name="scene-classification",
        summary="in which scene the clip was recorded: cross-entropy, accuracy",
        factory="aacbench.pretraining.scene_classification:SceneClassification",
        labels="scene",
    ),
)
