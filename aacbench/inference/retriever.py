"""Trained bi-encoders as retrievers: one alone, or several whose similarities are averaged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aacbench.audio.batch import pad
from aacbench.audio.cache import FeatureCache
from aacbench.contracts import NetworkCosts, Retriever
from aacbench.inference.captioner import HELD
from aacbench.inference.macs import TWENTY_WORDS, multiply_accumulates, noise_clip, parameter_count
from aacbench.models.bi_encoder import BiEncoder
from aacbench.runtime.chunks import blocks
from aacbench.runtime.distributed.collectives import for_each_rank, map_ranks
from aacbench.types import Clip

TEXTS = 256  # embedded at a time


class NetworkRetriever:
    """Embeds with `model`, which is set to evaluation mode and moved to `device`."""

    def __init__(self, model: BiEncoder, device: str = "cpu", batch_size: int = 16) -> None:
        self.model = model.to(device).eval()
        self.features, self.batch_size = FeatureCache(model.features), batch_size

    @torch.no_grad()
    def embed_clips(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return one embedding of length 1 a clip (N, D), heard in full."""
        for_each_rank(clips, lambda some: self.features.prepare(some, progress=False))  # the caller shows its own
        return embed_clips(self.model, self.features, clips, self.batch_size).numpy()

    @torch.no_grad()
    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one embedding of length 1 a text (N, D)."""
        return embed_texts(self.model, texts, TEXTS).numpy()

    def network_costs(self) -> NetworkCosts:
        """Return the weights, and the multiply-accumulates of hearing a clip of 10 s and of reading 20 words."""
        features = self.features.compute(noise_clip())
        batch, lengths = pad([features])
        device = self.model.log_scale.device
        clip_macs = multiply_accumulates(lambda: self.model.embed_audio(batch.to(device), lengths.to(device)))
        words_macs = multiply_accumulates(lambda: self.embed_texts([TWENTY_WORDS]))
        return NetworkCosts(parameter_count(self.model), clip_macs, words_macs)


class EnsembleRetriever:
    """The members' embeddings side by side, scaled so that their products are the mean of the members' similarities."""

    def __init__(self, members: Sequence[Retriever]) -> None:
        self.members = members

    def embed_clips(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return one embedding of length 1 a clip (N, D), D the sum of the members'."""
        return self._joined([member.embed_clips(clips) for member in self.members])

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one embedding of length 1 a text (N, D), D the sum of the members'."""
        return self._joined([member.embed_texts(texts) for member in self.members])

    def _joined(self, parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        joined: NDArray[np.float32] = np.concatenate(parts, axis=1) / np.float32(len(parts) ** 0.5)
        return joined


def embed_clips(model: BiEncoder, features: FeatureCache, clips: Sequence[Clip], batch_size: int) -> Tensor:
    """Return the clips' embeddings (N, D) on the CPU, each heard in full; the model is in evaluation mode."""
    parts = [_embed_clips(model, features, clips[some], batch_size) for some in blocks(len(clips), HELD)]
    return torch.cat(parts) if parts else torch.empty(0, model.audio_projection.out_features)


def _embed_clips(model: BiEncoder, features: FeatureCache, clips: Sequence[Clip], batch_size: int) -> Tensor:
    device = model.log_scale.device
    loaded = [features.load(clip) for clip in clips]
    order = sorted(range(len(clips)), key=lambda index: len(loaded[index]))  # like lengths waste least padding
    batches = [order[first : first + batch_size] for first in range(0, len(order), batch_size)]

    def embed(indices: list[int]) -> Tensor:
        batch, lengths = pad([loaded[index] for index in indices])
        return model.embed_audio(batch.to(device), lengths.to(device)).float().cpu()

    embedded = torch.empty(len(clips), model.audio_projection.out_features)
    for indices, rows in zip(batches, map_ranks(batches, embed), strict=True):
        embedded[indices] = rows
    return embedded


def embed_texts(model: BiEncoder, texts: Sequence[str], batch_size: int) -> Tensor:
    """Return the texts' embeddings (N, D) on the CPU; the model is in evaluation mode."""
    device = model.log_scale.device

    def embed(first: int) -> Tensor:
        ids, lengths = model.text.tokens(texts[first : first + batch_size])
        return model.embed_text(ids.to(device), lengths.to(device)).float().cpu()

    return torch.cat(map_ranks(range(0, len(texts), batch_size), embed))
