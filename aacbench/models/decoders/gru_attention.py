"""One GRU layer with temporal attention over the audio (Xu et al. 2021, section 2.2, equations 1 and 2).

Step n compares the hidden vector h of step n - 1 with every valid frame e_t by the concat score (Luong et al. 2015)
v . tanh(W [h; e_t] + b); the softmax over frames weighs them into the context c, and h becomes
GRU([c; embedding of the word], h). The first h is zero. A linear layer gives the next word's logits.

With a clip vector, the GRU's input is [projected c; embedding of the word; projected clip vector], as in the released
code of Xu et al. 2022 (wsntxxn/AudioCaption).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.models.layers.attentive import AttentiveDecoder


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


class GruAttentionDecoder(AttentiveDecoder):
    """The decoder. `dim` is the width of the GRU, `embedding_dim` of the words, `attention_dim` of the score.

    `clip_dim` is the width of the clip vector, where the GRU reads it; None leaves it out.
    """

    def __init__(
        self,
        vocabulary_size: int,
        encoder_dim: int,
        dim: int = 512,
        embedding_dim: int = 512,
        attention_dim: int = 512,
        dropout: float = 0.5,
        clip_dim: int | None = None,
    ) -> None:
        def attention() -> ConcatAttention:
            return ConcatAttention(dim, encoder_dim, attention_dim)

        super().__init__(vocabulary_size, encoder_dim, dim, embedding_dim, dropout, attention, nn.GRUCell, clip_dim)
