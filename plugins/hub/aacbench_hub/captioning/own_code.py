"""Repositories with code of their own: what they are called with, and what they give, in the ways that are in use.

| way | called with | gives |
|---|---|---|
| EffB2-Trm's | `audio` (N, samples), padded, and `audio_length` | token ids, which the repository's tokenizer reads |
| CoNeTTE's | a list of waveforms, and `sr` for each | a mapping with `cands` |
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch

from aacbench.errors import UserError
from aacbench_hub.captioning.captioner import Waves
from aacbench_hub.captioning.settings import HubSettings


class OwnCodeAnswerer:
    """A model that is called in its own way."""

    def __init__(self, model: Any, tokenizer: Any, settings: HubSettings) -> None:
        self.model, self.tokenizer, self.settings = model, tokenizer, settings
        config = model.config
        rates = (getattr(config, name, None) for name in ("sample_rate", "sampling_rate", "sr"))
        self.sample_rate = next((int(rate) for rate in rates if rate), 32_000)
        self._takes_lengths = "audio_length" in inspect.signature(model.forward).parameters

    @torch.no_grad()
    def answer(self, waves: Waves, tokens: int | None = None) -> list[str]:
        """Return the answers; how many tokens they have is the code's own affair."""
        if self._takes_lengths:
            return self._words(self._padded(waves))
        device = next(self.model.parameters()).device
        given = self.model(
            [torch.from_numpy(wave)[None].to(device) for wave in waves], sr=[self.sample_rate] * len(waves)
        )
        return self._words(given)

    def _padded(self, waves: Waves) -> Any:
        lengths = [len(wave) for wave in waves]
        device = next(self.model.parameters()).device
        audio = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(wave) for wave in waves], batch_first=True)
        return self.model(audio=audio.to(device), audio_length=lengths)

    def _words(self, given: Any) -> list[str]:
        if isinstance(given, Mapping):
            given = given.get("cands", given.get("captions"))
        if isinstance(given, list | tuple) and given and all(isinstance(text, str) for text in given):
            return [text.strip() for text in given]
        if self.tokenizer is None or given is None:
            raise UserError(
                f"the code of {self.settings.model} gives neither captions nor tokens that its tokenizer reads; run it "
                "with the method command"
            )
        texts: list[str] = self.tokenizer.batch_decode(given, skip_special_tokens=True)
        return [text.strip() for text in texts]
