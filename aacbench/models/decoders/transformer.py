"""Transformer decoder (Vaswani et al. 2017), post-norm, with cached keys and values for search.

Word embeddings are scaled by sqrt(dim) and added to sinusoidal positions; the classifier is untied. Attention to the
audio reads valid frames only. `forward` and `step` give the same logits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, cast

import torch
from torch import Tensor, nn

from aacbench.contracts import DecoderOutput
from aacbench.models.layers.attention import attention
from aacbench.models.layers.masks import valid
from aacbench.models.layers.positions import sinusoids
from aacbench.types import Encoded


@dataclass(frozen=True, slots=True)
class Cache:
    """One layer's self-attention keys and values (N, H, t, d) and those of the audio (B, H, T, d)."""

    keys: Tensor
    values: Tensor
    memory_keys: Tensor
    memory_values: Tensor


@dataclass(frozen=True, slots=True)
class TransformerState:
    """Caches of every layer, the audio mask (B, 1, 1, T), and the clip of the B that each hypothesis belongs to (N,).

    Each clip has N / B hypotheses, which stand in a row and read the same audio keys. `query` (N, H, 1, d) is what the
    last layer last asked of the audio; None before the first step.
    """

    caches: tuple[Cache, ...]
    mask: Tensor
    owner: Tensor
    position: int
    query: Tensor | None = None

    @property
    def weights(self) -> Tensor:
        """The last layer's attention to the audio (N, T), the mean over its heads; computed when asked for."""
        mask = self.mask[:, :, 0]  # (B, 1, T)
        if self.query is None:
            return torch.zeros_like(mask[self.owner, 0], dtype=self.caches[-1].memory_keys.dtype)
        query = by_clip(self.query, len(mask))  # (B, H, N / B, d)
        scores = (query @ self.caches[-1].memory_keys.transpose(2, 3)) / math.sqrt(query.shape[3])
        weights = torch.softmax(scores.float().masked_fill(~mask[:, :, None], -torch.inf), 3)
        return weights.mean(1).flatten(0, 1)

    def select(self, rows: Tensor) -> TransformerState:
        """Re-order the hypotheses. Audio keys move only when a clip leaves, or has more hypotheses than another."""
        owner = self.owner[rows]
        query = None if self.query is None else self.query[rows]
        mask, memory = self.mask, [(cache.memory_keys, cache.memory_values) for cache in self.caches]
        if owner.shape != self.owner.shape or bool((owner != self.owner).any()):
            clips, inner, counts = torch.unique_consecutive(owner, return_inverse=True, return_counts=True)
            if bool((counts != counts[:1]).any()):  # no common number of hypotheses: one clip each
                clips, inner = owner, torch.arange(len(owner), device=owner.device)
            if len(clips) != len(mask) or bool((clips != torch.arange(len(clips), device=clips.device)).any()):
                mask = mask[clips]
                memory = [(keys.index_select(0, clips), values.index_select(0, clips)) for keys, values in memory]
            owner = inner
        caches = tuple(
            Cache(cache.keys.index_select(0, rows), cache.values.index_select(0, rows), keys, values)
            for cache, (keys, values) in zip(self.caches, memory, strict=True)
        )
        return replace(self, caches=caches, mask=mask, owner=owner, query=query)


def by_clip(queries: Tensor, clips: int) -> Tensor:
    """Return what N hypotheses ask (N, H, L, d) by clip (B, H, N / B x L, d), where B clips have N / B each."""
    count, heads, length, dim = queries.shape
    if count == clips:
        return queries
    return queries.transpose(1, 2).reshape(clips, count // clips * length, heads, dim).transpose(1, 2)


class Attention(nn.Module):
    """Multi-head attention whose keys and values can be computed once and kept."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, dim)

    def split(self, vectors: Tensor) -> Tensor:
        """(N, L, D) to (N, H, L, D / H)."""
        count, length, dim = vectors.shape
        return vectors.view(count, length, self.heads, dim // self.heads).transpose(1, 2)

    def project(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values (N, H, L, D / H) of source (N, L, D)."""
        return self.split(self.key(source)), self.split(self.value(source))

    def forward(
        self, source: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        """Attend from source (N, L, D) to keys and values (N, H, S, D / H); true in `mask` may be read."""
        return self.attend(self.split(self.query(source)), keys, values, mask, causal)

    def attend(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool = False
    ) -> Tensor:
        """Attend from queries (N, H, L, D / H); return vectors (N, L, D)."""
        dropout = self.dropout if self.training else 0.0
        heads = attention(queries, keys, values, mask, causal, dropout)
        out: Tensor = self.out(heads.transpose(1, 2).flatten(2))  # (N, L, D)
        return out


class Layer(nn.Module):
    """Self-attention, attention to the audio, feed-forward; each with dropout, residual and a norm after it."""

    def __init__(self, dim: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.self_attention = Attention(dim, heads, dropout)
        self.audio_attention = Attention(dim, heads, dropout)
        self.feed_forward = nn.Sequential(
            nn.Linear(dim, feed_forward), nn.ReLU(), nn.Dropout(dropout), nn.Linear(feed_forward, dim)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(dim) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, cache: Cache, mask: Tensor, causal: bool) -> tuple[Tensor, Tensor]:
        """Words x (N, L, D) against the cache, which already holds their keys and values.

        Returns the new words (N, L, D) and what they asked of the audio (N, H, L, D / H).
        """
        x = self.norms[0](x + self.dropout(self.self_attention(x, cache.keys, cache.values, causal=causal)))
        queries = self.audio_attention.split(self.audio_attention.query(x))
        asked = by_clip(queries, len(cache.memory_keys))
        audio = self.audio_attention.attend(asked, cache.memory_keys, cache.memory_values, mask)
        x = self.norms[1](x + self.dropout(audio.view(x.shape)))
        x = self.norms[2](x + self.dropout(self.feed_forward(x)))
        return x, queries


class TransformerDecoder(nn.Module):
    """The decoder. `encoder_dim` is the width of the frames.

    They are projected to `dim` where it differs; `memory` `normed` always projects them, and adds a ReLU, dropout and
    a norm. `bias` is the classifier's.
    """

    def __init__(
        self,
        vocabulary_size: int,
        encoder_dim: int,
        dim: int = 192,
        layers: int = 2,
        heads: int = 4,
        feed_forward: int = 2048,
        dropout: float = 0.2,
        max_length: int = 100,
        memory: Literal["linear", "normed"] = "linear",
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.dim = dim
        self.memory: nn.Module
        if memory == "normed":
            self.memory = nn.Sequential(nn.Linear(encoder_dim, dim), nn.ReLU(), nn.Dropout(dropout), nn.LayerNorm(dim))
        else:
            self.memory = nn.Linear(encoder_dim, dim) if encoder_dim != dim else nn.Identity()
        self.embedding = nn.Embedding(vocabulary_size, dim, padding_idx=0)
        self.layers = nn.ModuleList(Layer(dim, heads, feed_forward, dropout) for _ in range(layers))
        self.classifier = nn.Linear(dim, vocabulary_size, bias=bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("positions", sinusoids(max_length, dim), persistent=False)
        self.positions: Tensor
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        with torch.no_grad():
            self.embedding.weight.normal_(std=1 / math.sqrt(dim))
            self.embedding.weight[0].zero_()

    def embed(self, tokens: Tensor, position: int = 0) -> Tensor:
        """Tokens (N, L) that stand at `position` onwards give vectors (N, L, D)."""
        last = position + tokens.shape[1]
        if last > len(self.positions):  # captions longer than `max_length`: the table is a formula, and grows
            self.positions = sinusoids(2 * last, self.positions.shape[1]).to(self.positions)
        placed = self.positions[position:last]
        x: Tensor = self.dropout(self.embedding(tokens) * math.sqrt(self.dim) + placed)
        return x

    def forward(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        """Teacher forcing: tokens (B, L), BOS first, give logits (B, L, V) and hidden (B, L, D)."""
        memory, mask = self._memory(encoded)
        x = self.embed(tokens)
        for layer in self._layers():
            cache = Cache(*layer.self_attention.project(x), *layer.audio_attention.project(memory))
            x, _ = layer(x, cache, mask, causal=True)
        return DecoderOutput(self.classifier(x), x)

    def start(self, encoded: Encoded) -> TransformerState:
        """Project the audio's keys and values once; the state has one hypothesis a clip."""
        memory, mask = self._memory(encoded)
        caches = []
        for layer in self._layers():
            keys, values = layer.audio_attention.project(memory)
            empty = keys.new_empty(keys.shape[0], keys.shape[1], 0, keys.shape[3])
            caches.append(Cache(empty, empty, keys, values))
        return TransformerState(tuple(caches), mask, torch.arange(len(memory), device=memory.device), 0)

    def step(self, tokens: Tensor, state: TransformerState) -> tuple[Tensor, TransformerState]:
        """Feed tokens (N,); return logits (N, V) for the next token and the longer caches."""
        x = self.embed(tokens[:, None], state.position)  # (N, 1, D)
        caches, query = [], state.query
        for layer, cache in zip(self._layers(), state.caches, strict=True):
            keys, values = layer.self_attention.project(x)
            grown = replace(cache, keys=torch.cat([cache.keys, keys], 2), values=torch.cat([cache.values, values], 2))
            x, query = layer(x, grown, state.mask, causal=False)
            caches.append(grown)
        logits: Tensor = self.classifier(x[:, 0])
        return logits, replace(state, caches=tuple(caches), position=state.position + 1, query=query)

    def _layers(self) -> list[Layer]:
        return [cast(Layer, layer) for layer in self.layers]

    def _memory(self, encoded: Encoded) -> tuple[Tensor, Tensor]:
        """Return frames (B, T, D) in the decoder's width and their mask (B, 1, 1, T)."""
        return self.memory(encoded.frames), valid(encoded.lengths, encoded.frames.shape[1])[:, None, None, :]
