"""Recurrent layers between an encoder and a decoder."""

from __future__ import annotations

from typing import Literal

from torch import nn

from aacbench.models.layers.bidirectional import run_bidirectional
from aacbench.models.layers.masks import masked_mean
from aacbench.types import Encoded


class RecurrentBridge(nn.Module):
    """Bidirectional LSTM or GRU layers over frames (B, T, D): frames (B, T, 2 x dim) come out.

    Padding changes nothing; `dropout` is between layers. Lengths pass. The clip vector passes, too, or becomes the mean
    of what comes out.
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
        frames = run_bidirectional(self.layers, encoded.frames, encoded.lengths)
        clip = encoded.clip if self.clip == "given" else masked_mean(frames, encoded.lengths)
        return Encoded(frames, encoded.lengths, clip)
