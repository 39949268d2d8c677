"""Captioners in the manner of speech recognition: spectrograms in, words out, after a beginning that is given."""

from __future__ import annotations

from typing import Any

import torch

from aacbench_hub.captioning.captioner import Waves
from aacbench_hub.captioning.generating import feature_extractor, generation, placed, sample_rate
from aacbench_hub.captioning.settings import HubSettings


class SpeechAnswerer:
    """A model in Whisper's manner with its processor.

    The prompt is the beginning of the answer, which is not part of the caption: a style such as "clotho > caption: ".
    """

    def __init__(self, model: Any, processor: Any, settings: HubSettings) -> None:
        self.model, self.processor, self.settings = model, processor, settings
        self.sample_rate = sample_rate(processor)

    def answer(self, waves: Waves, tokens: int | None = None) -> list[str]:
        """Return the answers."""
        texts: list[str] = self.processor.tokenizer.batch_decode(
            self.answer_tokens(waves, tokens), skip_special_tokens=True
        )
        return [text.strip() for text in texts]

    @torch.no_grad()
    def answer_tokens(self, waves: Waves, tokens: int | None = None) -> torch.Tensor:
        """Return the tokens (N, L) of each answer, without the beginning that was given."""
        inputs, how = placed(self.inputs(waves), self.model), generation(self.model, self.settings, tokens)
        if not self.settings.prompt:
            whole: torch.Tensor = self.model.generate(**inputs, **how)
            return whole
        from transformers import GenerationMixin  # noqa: PLC0415

        start = self.beginning().expand(len(waves), -1).to(self.model.device)
        # Whisper's own generate would put languages and tasks in front
        given: torch.Tensor = GenerationMixin.generate(self.model, **inputs, decoder_input_ids=start, **how)
        return given[:, start.shape[1] :]

    def inputs(self, waves: Waves) -> Any:
        """Return what the feature extractor makes of waveforms, padded as the model was trained."""
        extractor = feature_extractor(self.processor)
        padding = {} if hasattr(extractor, "n_samples") else {"padding": True}  # Whisper's pads to 30 s by itself
        return extractor(list(waves), sampling_rate=self.sample_rate, return_tensors="pt", **padding)

    def beginning(self) -> torch.Tensor:
        """Return the tokens (1, L) that every answer begins with."""
        first = self.model.generation_config.decoder_start_token_id
        if first is None:
            first = self.model.config.decoder_start_token_id
        prompt = self.processor.tokenizer(self.settings.prompt, add_special_tokens=False)["input_ids"]
        return torch.tensor([[first, *prompt]])
