"""Specs of the shared pretraining objectives."""

from __future__ import annotations

from aacbench.contracts import PretrainingSpec

TINY = {"batch_size": 16, "dropout": 0.1, "mixup_alpha": 0.0, "mask_width": 0}

SPECS: tuple[PretrainingSpec, ...] = (
    PretrainingSpec(
        name="audio-tagging",
        summary="which sound events are in the clip: multi-label binary cross-entropy, mean average precision",
        factory="aacbench.pretraining.audio_tagging:AudioTagging",
        labels="tags",
        label="tags",
        tiny=TINY,
    ),
    PretrainingSpec(
        name="scene-classification",
        summary="in which scene the clip was recorded: cross-entropy, accuracy",
        factory="aacbench.pretraining.scene_classification:SceneClassification",
        labels="scene",
        label="scenes",
        tiny=TINY,
    ),
    PretrainingSpec(
        name="keywords",
        summary="which nouns and verbs the clip's captions use: binary cross-entropy, mean average precision",
        factory="aacbench.pretraining.keywords:Keywords",
        labels="captions",
        label="keywords",
        tiny={**TINY, "size": 100, "hidden": 64},
    ),
    PretrainingSpec(
        name="audio-text-retrieval",
        summary="which caption belongs to which clip: InfoNCE with a text encoder, recall of captions searching clips",
        factory="aacbench.pretraining.audio_text_retrieval:AudioTextRetrieval",
        labels="captions",
        label="retrieval",
        tiny={"batch_size": 16, "dim": 64, "text": {"source": "captions", "dim": 32, "layers": 1, "heads": 2}},
    ),
)
