"""What the CNNs of PANNs (Kong et al. 2020) share: how they begin and end, and the six blocks of the larger ones.

Attributes carry the published names, so that a state dict has the published keys (without the frozen front-end).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.errors import UserError
from aacbench.models.layers.conv import ConvBlock
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.masks import masked_max, masked_mean
from aacbench.models.layers.norm import count_padding, masked_norm
from aacbench.models.layers.recompute import block as run_block
from aacbench.types import Encoded

CHANNELS = (64, 128, 256, 512, 1024, 2048)
REDUCTION = 32


class PannsNetwork(nn.Module):
    """What comes before and after the blocks. A network makes its blocks, and then its head: in the published order.

    Its blocks pool frames and mel bins alike, by `reduction`.

    Raises:
        UserError: fewer mel bins than that, of which nothing would be left.
    """

    recomputes = False  # see `layers.recompute`
    reduction: int

    def __init__(self, mel_bins: int, dropout: float, clip_dropout: float) -> None:
        if mel_bins < self.reduction:
            name = type(self).__name__.lower()
            raise UserError(f"{name} pools the mel bins by {self.reduction}: features need as many, not {mel_bins}")
        super().__init__()
        self.dropout, self.clip_dropout = dropout, clip_dropout
        self.bn0 = nn.BatchNorm2d(mel_bins)

    def finish(self, dim: int, classes: int, padded_statistics: bool) -> None:
        """Make `fc1`, which gives the clip vector, and `fc_audioset`, which tags it; settle what batch norm counts."""
        self.dim = self.clip_dim = dim
        self.fc1 = nn.Linear(dim, dim)
        self.fc_audioset = nn.Linear(dim, classes)
        for linear in (self.fc1, self.fc_audioset):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)
        count_padding(self, padded_statistics)

    def enter(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Log-mel (B, T, F) with lengths (B,) gives one normalised map (B, 1, T, F), zero beyond the lengths."""
        bins = features.transpose(1, 2)[:, :, :, None]  # (B, F, T, 1): mel bins are the channels
        return masked_norm(self.bn0, bins, lengths).permute(0, 3, 2, 1)

    def leave(self, maps: Tensor, lengths: Tensor) -> Encoded:
        """Maps (B, D, T, F) give frames (B, T, D), their mean over mel, and the clip vector (B, D)."""
        frames = maps.mean(3).transpose(1, 2)
        pooled = masked_max(frames, lengths) + masked_mean(frames, lengths)
        clip = F.relu(self.fc1(dropout(pooled, self.clip_dropout, self.training)))
        return Encoded(frames, lengths, clip)

    def tag_scores(self, encoded: Encoded) -> Tensor:
        """Return the probability (B, classes) of each class, from the clip vector."""
        dropped = dropout(encoded.clip, self.clip_dropout, self.training)
        return torch.sigmoid(self.fc_audioset(dropped))


class PannsCnn(PannsNetwork):
    """Six convolution blocks with the head of PANNs; `joined` channels more enter the second block.

    `width` scales all channels; `classes` is the size of the tagging head `fc_audioset`.
    """

    reduction = REDUCTION

    def __init__(
        self,
        mel_bins: int,
        width: float,
        classes: int,
        dropout: float,
        clip_dropout: float,
        padded_statistics: bool,
        joined: int = 0,
    ) -> None:
        super().__init__(mel_bins, dropout, clip_dropout)
        channels = scaled(CHANNELS, width)
        self.conv_block1 = ConvBlock(1, channels[0])
        self.conv_block2 = ConvBlock(channels[0] + joined, channels[1])
        self.conv_block3 = ConvBlock(channels[1], channels[2])
        self.conv_block4 = ConvBlock(channels[2], channels[3])
        self.conv_block5 = ConvBlock(channels[3], channels[4])
        self.conv_block6 = ConvBlock(channels[4], channels[5])
        self.finish(channels[5], classes, padded_statistics)

    def first(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Log-mel (B, T, F) with zeros beyond lengths (B,) gives maps (B, C, T // 2, F // 2) and lengths // 2."""
        maps, lengths = run_block(self, self.conv_block1, self.enter(features, lengths), lengths)
        return maps, lengths

    def rest(self, maps: Tensor, lengths: Tensor) -> Encoded:
        """Maps of the first block, joined or not, give frames (B, T // 32, D), lengths and the clip vector (B, D)."""
        maps = dropout(maps, self.dropout, self.training)
        for block in (self.conv_block2, self.conv_block3, self.conv_block4, self.conv_block5):
            maps, lengths = run_block(self, block, maps, lengths)
            maps = dropout(maps, self.dropout, self.training)
        maps, lengths = run_block(self, partial(self.conv_block6, pool=(1, 1)), maps, lengths)
        return self.leave(dropout(maps, self.dropout, self.training), lengths)


def scaled(channels: Sequence[int], width: float) -> list[int]:
    """Return the channels times `width`, at least 8 each."""
    return [max(8, round(count * width)) for count in channels]
