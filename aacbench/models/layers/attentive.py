"""A recurrent decoder with temporal attention over the audio: what those with one layer and one attention share.

Step n compares the hidden vector of step n - 1 with every valid frame; the softmax over frames weighs them into the
context, and the cell takes the context and the embedding of the word in. A linear layer gives the next word's logits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from aacbench.contracts import DecoderOutput
from aacbench.models.layers.masks import valid
from aacbench.types import Encoded


@dataclass(frozen=True, slots=True)
class AttentiveState:
    """The cell's vectors (N, H), the hidden one first, the last attention (N, T), each row's clip (N,), and the audio.

    The audio is frames (N, T, D), their part of the score (N, T, A), the mask of valid frames (N, T), and the clip
    vector as the cell reads it (N, E), or (N, 0).
    """

    vectors: tuple[Tensor, ...]
    weights: Tensor
    owner: Tensor
    frames: Tensor
    keys: Tensor
    mask: Tensor
    clip: Tensor

    def select(self, rows: Tensor) -> AttentiveState:
        """Re-order the hypotheses. The audio moves only when a row changes its clip, as it never does inside a beam."""
        owner = self.owner[rows]
        vectors = tuple(vector[rows] for vector in self.vectors)
        moved = replace(self, vectors=vectors, weights=self.weights[rows], owner=owner)
        if owner.shape == self.owner.shape and bool((owner == self.owner).all()):
            return moved
        audio = {name: getattr(self, name)[rows] for name in ("frames", "keys", "mask", "clip")}
        return replace(moved, **audio)


class AttentiveDecoder(nn.Module):
    """The decoder, from its parts. `attention` makes its attention.

    Its `keys(frames)` gives the frames' part of the score, computed once a clip, and a call with (hidden, keys, mask)
    the weights (N, T). `cell` is a `torch.nn` cell of width `dim` over (context, word). Where `clip_dim` is given, it
    is one over (context, word, clip), and context and clip vector (C,) are projected to the width of the words first.
    """

    def __init__(
        self,
        vocabulary_size: int,
        encoder_dim: int,
        dim: int,
        embedding_dim: int,
        dropout: float,
        attention: Callable[[], nn.Module],
        cell: type[nn.GRUCell] | type[nn.LSTMCell],
        clip_dim: int | None = None,
    ) -> None:
        super().__init__()
        self.dim = dim
        self.embedding = nn.Embedding(vocabulary_size, embedding_dim, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.attention = attention()
        self.context: nn.Module = nn.Identity()
        self.clip: nn.Module | None = None
        width = encoder_dim + embedding_dim
        if clip_dim is not None:
            self.context, self.clip = nn.Linear(encoder_dim, embedding_dim), nn.Linear(clip_dim, embedding_dim)
            width = 3 * embedding_dim
        self.cell = cell(width, dim)
        self.classifier = nn.Linear(dim, vocabulary_size)
        nn.init.kaiming_uniform_(self.classifier.weight)
        with torch.no_grad():
            nn.init.kaiming_uniform_(self.embedding.weight)
            self.embedding.weight[0].zero_()

    def forward(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        """Teacher forcing: tokens (B, L), BOS first, give logits (B, L, V) and hidden (B, L, H)."""
        state = self.start(encoded)
        embedded = self.dropout(self.embedding(tokens))  # (B, L, E)
        steps = []
        for step in range(tokens.shape[1]):
            state = self._advance(embedded[:, step], state)
            steps.append(state.vectors[0])
        hidden = torch.stack(steps, 1)
        return DecoderOutput(self.classifier(hidden), hidden)

    def start(self, encoded: Encoded) -> AttentiveState:
        """Return zero vectors and the frames' part of the score, computed once."""
        count, size = encoded.frames.shape[:2]
        mask = valid(encoded.lengths, size)
        frames = encoded.frames.masked_fill(~mask[:, :, None], 0.0)
        zeros = frames.new_zeros(count, self.dim)
        return AttentiveState(
            vectors=(zeros, zeros) if isinstance(self.cell, nn.LSTMCell) else (zeros,),
            weights=frames.new_zeros(count, size),
            owner=torch.arange(count, device=frames.device),
            frames=frames,
            keys=cast(Tensor, self.attention.keys(frames)),  # type: ignore[operator]
            mask=mask,
            clip=frames.new_zeros(count, 0) if self.clip is None else self.clip(encoded.clip),
        )

    def step(self, tokens: Tensor, state: AttentiveState) -> tuple[Tensor, AttentiveState]:
        """Feed tokens (N,); return logits (N, V) for the next token and the new state."""
        state = self._advance(self.dropout(self.embedding(tokens)), state)
        logits: Tensor = self.classifier(state.vectors[0])
        return logits, state

    def _advance(self, embedded: Tensor, state: AttentiveState) -> AttentiveState:
        """Attend with the hidden vectors (N, H), then take the words (N, E) in."""
        weights = self.attention(state.vectors[0], state.keys, state.mask)
        context = (weights[:, None].to(state.frames.dtype) @ state.frames)[:, 0]  # (N, D)
        context = self.context(context)
        word = torch.cat([context, embedded.to(context.dtype), state.clip.to(context.dtype)], 1)
        if isinstance(self.cell, nn.LSTMCell):
            hidden, memory = self.cell(word, (state.vectors[0], state.vectors[1]))
            return replace(state, vectors=(hidden, memory), weights=weights)
        return replace(state, vectors=(self.cell(word, state.vectors[0]),), weights=weights)
