"""One LSTM layer with additive ReLU attention over the audio (Bhosale et al. 2022, section 2.3, equations 1 to 3).

alpha = ReLU(E We + h Wh), A = softmax over frames of alpha Wa, and the context is the sum of the frames E weighed by A.
Equation 1 prints E Wh; the text around it has the decoder's last hidden vector there, which is h. The LSTM reads the
context and the embedding of the previous word; its first hidden and cell vectors are zero. The equations have no
biases. A linear layer gives the next word's logits.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.models.layers.attentive import AttentiveDecoder


class ReluAttention(nn.Module):
    """Equations 1 and 2: `frames` is We (A, D), `hidden` is Wh (A, H), `score` is Wa (1, A)."""

    def __init__(self, hidden_dim: int, encoder_dim: int, dim: int) -> None:
        super().__init__()
        self.frames = nn.Linear(encoder_dim, dim, bias=False)
        self.hidden = nn.Linear(hidden_dim, dim, bias=False)
        self.score = nn.Linear(dim, 1, bias=False)

    def keys(self, frames: Tensor) -> Tensor:
        """Return E We: frames (N, T, D) to (N, T, A)."""
        keys: Tensor = self.frames(frames)
        return keys

    def forward(self, hidden: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Return attention weights (N, T) of hidden vectors (N, H); frames outside `mask` (N, T) get none."""
        scores = self.score(F.relu(keys + self.hidden(hidden)[:, None]))[:, :, 0]  # (N, T)
        return torch.softmax(scores.float().masked_fill(~mask, -torch.inf), 1)


class LstmAttentionDecoder(AttentiveDecoder):
    """The decoder. `dim` is the width of the LSTM, `embedding_dim` of the words, `attention_dim` of the score."""

    def __init__(
        self,
        vocabulary_size: int,
        encoder_dim: int,
        dim: int = 512,
        embedding_dim: int = 256,
        attention_dim: int = 256,
        dropout: float = 0.3,
    ) -> None:
        def attention() -> ReluAttention:
            return ReluAttention(dim, encoder_dim, attention_dim)

        super().__init__(vocabulary_size, encoder_dim, dim, embedding_dim, dropout, attention, nn.LSTMCell)
