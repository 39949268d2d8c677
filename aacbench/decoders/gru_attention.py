"""One GRU layer with temporal attention over the audio (Xu et al. 2021, section 2.2, equations 1 and 2).

Step n compares the hidden vector h of step n - 1 with every valid frame e_t by the concat score (Luong et al. 2015)
v . tanh(W [h; e_t] + b); the softmax over frames weighs them into the context c, and h becomes
GRU([c; embedding of the word], h). The first h is zero. A linear layer gives the next word's logits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.contracts import DecoderOutput
from aacbench.networks.masks import valid
from aacbench.types import Encoded


@dataclass(frozen=True, slots=True)
class GruAttentionState:
    """Hidden vectors (N, H), the attention of the last step (N, T), the clip of each hypothesis (N,), and the audio.

    The audio is frames (N, T, D), their part of the score W e_t + b (N, T, A), and the mask of valid frames (N, T).
    """

    hidden: Tensor
    weights: Tensor
    owner: Tensor
    frames: Tensor
    keys: Tensor
    mask: Tensor

    def select(self, rows: Tensor) -> GruAttentionState:
        """Re-order the hypotheses. The audio moves only when a row changes its clip, as it never does inside a beam."""
        owner = self.owner[rows]
        moved = replace(self, hidden=self.hidden[rows], weights=self.weights[rows], owner=owner)
        if owner.shape == self.owner.shape and bool((owner == self.owner).all()):
            return moved
        return replace(moved, frames=self.frames[rows], keys=self.keys[rows], mask=self.mask[rows])


class ConcatAttention(nn.Module):
    """The concat score and its softmax. W is one matrix (A, H + D), applied in its two parts."""

    def __init__(self, hidden_dim: int, encoder_dim: int, dim: int) -> None:
        super().__init__()
        self.hidden_dim = hidden_dim
        self.score = nn.Linear(hidden_dim + encoder_dim, dim)
        nn.init.kaiming_uniform_(self.score.weight)
        self.v = nn.Parameter(torch.randn(dim))

    def keys(self, frames: Tensor) -> Tensor:
        """Return W e_t + b for the frames' part of W: frames (N, T, D) to (N, T, A)."""
        return F.linear(frames, self.score.weight[:, self.hidden_dim :], self.score.bias)

    def forward(self, hidden: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Return attention weights (N, T) of hidden vectors (N, H); frames outside `mask` (N, T) get none."""
        query = F.linear(hidden, self.score.weight[:, : self.hidden_dim])  # (N, A)
        scores = torch.tanh(query[:, None] + keys) @ self.v.to(keys.dtype)  # (N, T)
        return torch.softmax(scores.float().masked_fill(~mask, -torch.inf), 1)


class GruAttentionDecoder(nn.Module):
    """The decoder. `dim` is the width of the GRU, `embedding_dim` of the words, `attention_dim` of the score."""

    def __init__(
        self,
        vocabulary_size: int,
        encoder_dim: int,
        dim: int = 512,
        embedding_dim: int = 512,
        attention_dim: int = 512,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.dim = dim
        self.embedding = nn.Embedding(vocabulary_size, embedding_dim, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.attention = ConcatAttention(dim, encoder_dim, attention_dim)
        self.cell = nn.GRUCell(encoder_dim + embedding_dim, dim)
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
        for place in range(tokens.shape[1]):
            state = self._advance(embedded[:, place], state)
            steps.append(state.hidden)
        hidden = torch.stack(steps, 1)
        return DecoderOutput(self.classifier(hidden), hidden)

    def start(self, encoded: Encoded) -> GruAttentionState:
        """Return zero hidden vectors and the frames' part of the score, computed once."""
        count, size = encoded.frames.shape[:2]
        mask = valid(encoded.lengths, size)
        frames = encoded.frames.masked_fill(~mask[:, :, None], 0.0)
        return GruAttentionState(
            hidden=frames.new_zeros(count, self.dim),
            weights=frames.new_zeros(count, size),
            owner=torch.arange(count, device=frames.device),
            frames=frames,
            keys=self.attention.keys(frames),
            mask=mask,
        )

    def step(self, tokens: Tensor, state: GruAttentionState) -> tuple[Tensor, GruAttentionState]:
        """Feed tokens (N,); return logits (N, V) for the next token and the new state."""
        state = self._advance(self.dropout(self.embedding(tokens)), state)
        logits: Tensor = self.classifier(state.hidden)
        return logits, state

    def _advance(self, embedded: Tensor, state: GruAttentionState) -> GruAttentionState:
        """Attend with the hidden vectors (N, H), then take the words (N, E) in."""
        weights = self.attention(state.hidden, state.keys, state.mask)
        context = (weights[:, None].to(state.frames.dtype) @ state.frames)[:, 0]  # (N, D)
        hidden = self.cell(torch.cat([context, embedded.to(context.dtype)], 1), state.hidden)
        return replace(state, hidden=hidden, weights=weights)
