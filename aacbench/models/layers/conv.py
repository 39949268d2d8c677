"""The convolution block of PANNs (Kong et al. 2020), which ignores padding.

Every activation beyond a clip's valid length is set to zero before the next convolution reads it, which is what that
convolution would have met at the edge of the clip alone: so a clip's valid frames do not depend on the batch. In
training, batch norm takes its statistics from valid frames (`layers.norm`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.models.layers.masks import valid
from aacbench.models.layers.norm import masked_norm


def mask_time(maps: Tensor, lengths: Tensor) -> Tensor:
    """Return maps (B, C, T, F) with zeros at and beyond each clip's length (B,)."""
    return maps * valid(lengths, maps.shape[2])[:, None, :, None].to(maps.dtype)


def channels_last(maps: Tensor) -> Tensor:
    """Return maps (B, C, T, F) with a place's channels side by side in memory: convolutions, norms and pools keep it.

    On a CPU the same numbers come in two thirds of the time, of which norms gain most; on a GPU it is what tensor cores
    want. A map of one channel lies in memory both ways; which is meant shows in its strides alone.
    """
    if maps.shape[1] == 1:
        return maps[:, 0].contiguous()[:, :, :, None].permute(0, 3, 1, 2)
    return maps.contiguous(memory_format=torch.channels_last)


def at_least(features: Tensor, lengths: Tensor, frames: int) -> tuple[Tensor, Tensor]:
    """Return features (B, T, F), zero beyond each clip's end, in which every clip has `frames` valid frames or more."""
    short = frames - features.shape[1]
    if short > 0:
        features = F.pad(features, (0, 0, 0, short))
    return features * valid(lengths, features.shape[1])[:, :, None].to(features.dtype), lengths.clamp(min=frames)


class ConvBlock(nn.Module):
    """conv3x3, batch norm, ReLU, twice, then average pooling; convolutions have no bias, Xavier-uniform weights."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.bn2 = nn.BatchNorm2d(channels_out)
        nn.init.xavier_uniform_(self.conv1.weight)
        nn.init.xavier_uniform_(self.conv2.weight)

    def forward(self, maps: Tensor, lengths: Tensor, pool: tuple[int, int] = (2, 2)) -> tuple[Tensor, Tensor]:
        """Maps (B, C, T, F) and lengths (B,) give (B, C', T // pool[0], F // pool[1]) and lengths // pool[0]."""
        maps = channels_last(maps)
        maps = F.relu(masked_norm(self.bn1, self.conv1(maps), lengths))
        maps = F.relu(masked_norm(self.bn2, self.conv2(maps), lengths))
        lengths = lengths // pool[0]
        return mask_time(F.avg_pool2d(maps, pool), lengths), lengths  # an odd last frame meets padding: drop it
