"""Recurrent layers between an encoder and a decoder."""

from __future__ import annotations

from typing import Literal

from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from aacbench.models.layers.masks import masked_mean
from aacbench.types import Encoded


class RecurrentBridge(nn.Module):
    """Bidirectional LSTM or GRU layers over frames (B, T, D): frames (B, T, 2 x dim) come out.

    Sequences are packed, so that padding changes nothing; `dropout` is between layers. Lengths pass. The clip vector
    passes, too, or becomes the mean of what comes out.
    """

    def __init__(
        self,
        encoder_dim: int,
        dim: int = 256,
        layers: int = 2,
        dropout: float = 0.0,
        kind: Literal["lstm", "gru"] = "lstm",
        clip: Literal["given", "mean"] = "given",
    ) -> None:
        super().__init__()
        self.dim, self.clip = 2 * dim, clip
        cell = nn.LSTM if kind == "lstm" else nn.GRU
        between = dropout if layers > 1 else 0.0
        self.layers = cell(encoder_dim, dim, layers, batch_first=True, dropout=between, bidirectional=True)

    def forward(self, encoded: Encoded) -> Encoded:
        """Return what the last layer gives at each frame."""
        packed = pack_padded_sequence(encoded.frames, encoded.lengths.cpu(), batch_first=True, enforce_sorted=False)
        frames, _ = pad_packed_sequence(self.layers(packed)[0], batch_first=True, total_length=encoded.frames.shape[1])
        clip = encoded.clip if self.clip == "given" else masked_mean(frames, encoded.lengths)
        return Encoded(frames, encoded.lengths, clip)
