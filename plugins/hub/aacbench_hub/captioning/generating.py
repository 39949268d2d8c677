"""What kinds of models share: the settings of `generate`, and inputs where the weights are."""

from __future__ import annotations

import inspect
from typing import Any

from aacbench_hub.captioning.settings import HubSettings


def generation(model: Any, settings: HubSettings, tokens: int | None) -> dict[str, Any]:
    """Return the arguments of `generate`; `tokens` asks for exactly so many new ones, greedily."""
    own: dict[str, Any] = {} if tokens is not None else dict(settings.generation)
    if "return_audio" in inspect.signature(model.generate).parameters:
        own["return_audio"] = False  # models that speak, too
    if tokens is not None:
        return {**own, "do_sample": False, "num_beams": 1, "max_new_tokens": tokens, "min_new_tokens": tokens}
    return {
        "do_sample": settings.do_sample,
        "num_beams": settings.num_beams,
        "max_new_tokens": settings.max_new_tokens,
        **own,
    }


def placed(inputs: Any, model: Any) -> Any:
    """Return inputs on the model's device, floating ones in its type."""
    return inputs.to(model.device, model.dtype)


def feature_extractor(processor: Any) -> Any:
    """Return the part of a processor that reads waveforms; None where it has none."""
    return getattr(processor, "feature_extractor", None) or getattr(processor, "audio_processor", None)


def sample_rate(processor: Any) -> int:
    """Return the rate in Hz that a processor wants; 16 kHz, as all that say nothing."""
    extractor = feature_extractor(processor)
    for name in ("sampling_rate", "sample_rate"):
        if isinstance(rate := getattr(extractor, name, None), int):
            return rate
    return 16_000
