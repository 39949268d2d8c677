"""Captioners whose ids on the hub are known; any other is `--set model=ORG/NAME`, or a folder."""

from __future__ import annotations

from aacbench.contracts import Variant

VARIANTS = (
    Variant("default", "the model that `model` names; the run is called after it"),
    Variant("qwen2-audio-7b-instruct", "an audio language model", {"model": "Qwen/Qwen2-Audio-7B-Instruct"}),
    Variant("qwen2.5-omni-7b", "an audio language model", {"model": "Qwen/Qwen2.5-Omni-7B"}),
    Variant("voxtral-mini-3b-2507", "an audio language model", {"model": "mistralai/Voxtral-Mini-3B-2507"}),
    Variant("audio-flamingo-3-hf", "an audio language model", {"model": "nvidia/audio-flamingo-3-hf"}),
    Variant("gemma-3n-e2b-it", "an audio language model", {"model": "google/gemma-3n-E2B-it"}),
    Variant(
        "granite-speech-3.3-2b", "an audio language model for speech", {"model": "ibm-granite/granite-speech-3.3-2b"}
    ),
    Variant(
        "whisper-tiny-audio-captioning",
        "a Whisper that captions in Clotho's style",
        {"model": "MU-NLPC/whisper-tiny-audio-captioning", "prompt": "clotho > caption: "},
    ),
    Variant(
        "effb2-trm-clotho-captioning",
        "code of its own: --trust-remote-code --set revision=COMMIT",
        {"model": "wsntxxn/effb2-trm-clotho-captioning"},
    ),
    Variant("conette", "code of its own: --trust-remote-code --set revision=COMMIT", {"model": "Labbeti/conette"}),
)
