"""The RLSSR network: CNN10, projection, transformer encoder, transformer decoder, similarity module.

Shapes: B clips, T encoder frames, N captions, L tokens, C width of CNN10's frames, D width of the transformers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.contracts import DecoderOutput
from aacbench.models.captioning import EncoderDecoder
from aacbench.models.layers.masks import masked_mean, valid
from aacbench.models.layers.positions import sinusoids
from aacbench.runtime.distributed.shards import shared_mean
from aacbench.text.vocabulary import PAD
from aacbench.types import Encoded

if TYPE_CHECKING:
    from aacbench.audio import FeatureSettings

MAX_FRAMES = 4000


class TransformerBridge(nn.Module):
    """Projects CNN frames (B, T, C) to (B, T, D); `layers` transformer encoder layers run over them (section 3.1)."""

    def __init__(self, encoder_dim: int, dim: int, layers: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.dim = dim
        self.project = nn.Sequential(
            nn.Linear(encoder_dim, encoder_dim), nn.ReLU(), nn.Dropout(dropout), nn.Linear(encoder_dim, dim)
        )
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, heads, feed_forward, dropout, batch_first=True) for _ in range(layers)
        )
        self.register_buffer("positions", sinusoids(MAX_FRAMES, dim), persistent=False)
        self.positions: Tensor

    def forward(self, encoded: Encoded) -> Encoded:
        """Return frames (B, T, D); lengths and clip vector pass."""
        frames = self.project(encoded.frames)
        if len(self.layers):
            frames = self.dropout(frames * math.sqrt(self.dim) + self.positions[: frames.shape[1]])
            padding = ~valid(encoded.lengths, frames.shape[1])
            for layer in self.layers:
                frames = layer(frames, src_key_padding_mask=padding)
        return Encoded(frames, encoded.lengths, encoded.clip)


def pool_audio(encoded: Encoded) -> Tensor:
    """Return A_pooled (B, C): average plus maximum over three neighbouring frames, then the mean over valid frames.

    Section 3.3's "average max pooling" followed by "average global pooling", read as in the decision-level networks of
    PANNs: window 3, stride 1. Frames beyond a clip's end take part in neither.
    """
    mask = valid(encoded.lengths, encoded.frames.shape[1])[:, None]  # (B, 1, T)
    frames = encoded.frames.float().transpose(1, 2)  # (B, C, T)
    inside = F.avg_pool1d(mask.to(frames.dtype), 3, 1, 1)
    average = F.avg_pool1d(frames.masked_fill(~mask, 0.0), 3, 1, 1) / inside.clamp(min=1 / 3)
    peak = F.max_pool1d(frames.masked_fill(~mask, float("-inf")), 3, 1, 1)
    pooled = (average + peak).masked_fill(~mask, 0.0).transpose(1, 2)  # (B, T, C)
    return masked_mean(pooled, encoded.lengths)


def distance(kind: str, reconstructed: Tensor, audio: Tensor) -> Tensor:
    """Return the mean distance of two batches of vectors (N, C); smaller is more alike."""
    if kind == "l1":
        return F.l1_loss(reconstructed, audio)
    if kind == "l2":
        return F.mse_loss(reconstructed, audio)
    if kind == "huber":
        return F.huber_loss(reconstructed, audio)
    return 1.0 - F.cosine_similarity(reconstructed, audio, dim=1).mean()


class SimilarityModule(nn.Module):
    """Reconstructs the audio from the decoder's outputs (equation 1); used in training alone."""

    def __init__(
        self, dim: int, audio_dim: int, kind: str, hidden: int | None, pool_first: bool, stop_gradient: bool
    ) -> None:
        super().__init__()
        self.kind, self.pool_first, self.stop_gradient = kind, pool_first, stop_gradient
        layers = [nn.Linear(dim, audio_dim)]
        self.reconstruct: nn.Module = layers[0]
        if hidden is not None:
            self.reconstruct = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, audio_dim))

    def forward(self, words: Tensor, word_counts: Tensor, audio: Tensor) -> Tensor:
        """Words (N, L, D) with counts (N,) against pooled audio (N, C); returns the loss L_RLSSR, a float32."""
        if self.pool_first:
            reconstructed = self.reconstruct(masked_mean(words, word_counts))
        else:
            reconstructed = masked_mean(self.reconstruct(words).float(), word_counts)
        audio = audio.detach() if self.stop_gradient else audio
        return distance(self.kind, reconstructed.float(), audio.float())


class RlssrNetwork(EncoderDecoder):
    """The captioning network with the loss of equation 2: alpha x cross-entropy + beta x RLSSR."""

    def __init__(
        self,
        features: FeatureSettings,
        encoder: nn.Module,
        decoder: nn.Module,
        bridge: TransformerBridge,
        similarity: SimilarityModule | None,
        alpha: float,
        beta: float,
    ) -> None:
        super().__init__(features, encoder, decoder, bridge)
        self.similarity, self.alpha, self.beta = similarity, alpha, beta

    def losses(self, features: Tensor, lengths: Tensor, tokens: Tensor, clip_of: Tensor) -> Mapping[str, Tensor]:
        """Return `cross_entropy` and, in training with RLSSR, `rlssr`, each with its weight."""
        audio: Encoded = self.encoded(features, lengths)  # A of Fig. 1
        memory = self.bridged(audio).select(clip_of)
        output: DecoderOutput = self.words(memory, self.decoder_inputs(memory, tokens[:, :-1]))  # T of Fig. 1
        losses = {"cross_entropy": self.alpha * self.cross_entropy(output.logits, tokens)}
        if self.similarity is not None and self.training:
            counts = (tokens[:, 1:] != PAD).sum(1)
            pooled = pool_audio(audio)[clip_of]
            distance_of_all = shared_mean(self.similarity(output.hidden, counts, pooled), len(pooled))
            losses["rlssr"] = self.beta * distance_of_all
        return losses
