"""Clips in batches, in their order, so that a run that was killed says the same as one that was not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from aacbench.audio.io import info, read
from aacbench.audio.source import audio_key
from aacbench.contracts import Account, NetworkCosts
from aacbench.inference.macs import WORDS, multiply_accumulates, noise_clip, parameter_count
from aacbench.types import Clip
from aacbench_hub.captioning.settings import HubSettings

Waves = Sequence[NDArray[np.float32]]


class Answerer(Protocol):
    """A loaded model: waveforms (N,) at `sample_rate` Hz in, one answer each."""

    model: torch.nn.Module
    sample_rate: int

    def answer(self, waves: Waves, tokens: int | None = None) -> list[str]:
        """Return the answers; `tokens` asks for that many tokens in each, whatever they are."""
        ...


class HubCaptioner:
    """Captions clips with a loaded model."""

    def __init__(self, answerer: Answerer, settings: HubSettings, seed: int = 0) -> None:
        self.answerer, self.settings, self.seed = answerer, settings, seed

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return the model's answer for each clip."""
        size, answers = self.settings.batch_size, []
        for first in range(0, len(clips), size):
            batch = clips[first : first + size]
            if self.settings.do_sample:
                torch.manual_seed(self._batch_seed(batch))
            answers += self.answerer.answer([self._heard(clip) for clip in batch])
        return answers

    def account(self, clips: Sequence[Clip]) -> Account:
        """Return which clips were cut."""
        longest = self.settings.max_seconds
        cut = [clip.id for clip in clips if info(clip.audio).seconds > longest]
        return Account(remarks={f"of which the first {longest:g} s were heard": cut} if cut else {})

    def network_costs(self) -> NetworkCosts:
        """Return the weights; the work for a clip of 10 s up to the first token, and for 20 tokens more."""
        waves = [self._heard(noise_clip())]
        first = multiply_accumulates(lambda: self.answerer.answer(waves, 1))
        more = multiply_accumulates(lambda: self.answerer.answer(waves, 1 + WORDS))
        return NetworkCosts(parameter_count(self.answerer.model), first, more - first)

    def _heard(self, clip: Clip) -> NDArray[np.float32]:
        rate = self.answerer.sample_rate
        return np.asarray(read(clip.audio, rate)[: int(self.settings.max_seconds * rate)], np.float32)

    def _batch_seed(self, clips: Sequence[Clip]) -> int:
        keys = "".join(audio_key(clip.audio) for clip in clips)
        return int(hashlib.sha256(f"{self.seed} {keys}".encode()).hexdigest()[:12], 16)
