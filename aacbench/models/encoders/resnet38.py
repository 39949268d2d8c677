"""ResNet38 of PANNs (Kong et al. 2020): a convolution block, 16 residual blocks, a convolution block of 2048 channels.

In: log-mel (B, T, F) with F mel bins (published weights: 64). Out: frames (B, T // 32, 2048), the map averaged over
mel; clip (B, 2048), the ReLU of fc1 over (maximum + mean over valid frames). Keys and shapes equal the published
checkpoint `ResNet38_mAP=0.434.pth` without its frozen front-end. `width` scales all channels for small presets.

`levels` gives what heads of several levels read (Ye et al. 2021, section 2.1): the maps after the second and the third
residual stage, averaged over mel, and the encoder's own output; in their count, the third, fourth and last block.
"""

from __future__ import annotations

from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.models.layers.conv import ConvBlock, at_least, mask_time
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.masks import masked_mean
from aacbench.models.layers.norm import masked_norm
from aacbench.models.layers.panns import PannsNetwork, scaled
from aacbench.models.layers.recompute import block as run_block
from aacbench.types import Encoded

STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
"""Channels and number of blocks of each residual stage."""
LAST = 2048
RESIDUAL_DROPOUT = 0.1


class ResidualBlock(nn.Module):
    """conv3x3, batch norm, ReLU, dropout, conv3x3, batch norm, plus the input; ReLU.

    With `halve`, both ways begin with 2 x 2 average pooling. The second batch norm's scale is zero at first, so that a
    new block passes its input on.
    """

    def __init__(self, channels_in: int, channels_out: int, halve: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.downsample: nn.Sequential | None = None
        if halve:
            shortcut = nn.Conv2d(channels_in, channels_out, 1, bias=False)
            self.downsample = nn.Sequential(nn.AvgPool2d(2), shortcut, nn.BatchNorm2d(channels_out))
            nn.init.xavier_uniform_(shortcut.weight)
        nn.init.xavier_uniform_(self.conv1.weight)
        nn.init.xavier_uniform_(self.conv2.weight)
        nn.init.zeros_(self.bn2.weight)

    def forward(self, maps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (B, C, T, F), zero beyond lengths (B,), give maps (B, C', T, F), or half of T and F, and lengths."""
        shortcut = maps
        if self.downsample is not None:
            pool, conv, norm = self.downsample
            maps, lengths = pool(maps), lengths // 2
            shortcut = masked_norm(norm, conv(maps), lengths)
            maps = mask_time(maps, lengths)  # an odd last frame meets padding: drop it
        maps = F.relu(masked_norm(self.bn1, self.conv1(maps), lengths))
        maps = dropout(maps, RESIDUAL_DROPOUT, self.training)
        return F.relu(masked_norm(self.bn2, self.conv2(maps), lengths) + shortcut), lengths


class ResidualStages(nn.Module):
    """The four stages; attributes carry the published names."""

    recomputes = False  # see `layers.recompute`

    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        before = channels[0]
        for stage, (size, (_, count)) in enumerate(zip(channels, STAGES, strict=True), 1):
            blocks = [
                ResidualBlock(before if index == 0 else size, size, stage > 1 and index == 0) for index in range(count)
            ]
            self.add_module(f"layer{stage}", nn.ModuleList(blocks))
            before = size

    def forward(self, maps: Tensor, lengths: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return maps and lengths after each stage; all but the first halve time and mel."""
        outputs = []
        for stage in self.children():
            for block in stage.children():
                maps, lengths = run_block(self, block, maps, lengths)
            outputs.append((maps, lengths))
        return outputs


class ResNet38(PannsNetwork):
    """The encoder. `classes` is the size of the tagging head `fc_audioset`.

    With `padded_statistics`, batch norm counts padded frames in training, as the public codes do.
    """

    reduction = 32

    def __init__(
        self,
        mel_bins: int = 64,
        width: float = 1.0,
        classes: int = 527,
        dropout: float = 0.2,
        clip_dropout: float = 0.5,
        padded_statistics: bool = False,
    ) -> None:
        super().__init__(mel_bins, dropout, clip_dropout)
        channels = scaled([size for size, _ in STAGES], width)
        (last,) = scaled([LAST], width)
        self.level_dims = (channels[1], channels[2], last)
        self.conv_block1 = ConvBlock(1, channels[0])
        self.resnet = ResidualStages(channels)
        self.conv_block_after1 = ConvBlock(channels[-1], last)
        self.finish(last, classes, padded_statistics)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode log-mel (B, T, F) with valid lengths (B,); clips shorter than 32 frames are padded to one frame."""
        return self.levels(features, lengths)[-1]

    def levels(self, features: Tensor, lengths: Tensor) -> tuple[Encoded, ...]:
        """Return the three levels, the encoder's own output last; the clip vector of the others is their mean frame."""
        features, lengths = at_least(features, lengths, self.reduction)
        maps, lengths = run_block(self, self.conv_block1, self.enter(features, lengths), lengths)
        stages = self.resnet(dropout(maps, self.dropout, self.training), lengths)
        maps, lengths = stages[-1]
        maps, lengths = mask_time(F.avg_pool2d(maps, 2), lengths // 2), lengths // 2
        maps, last = dropout(maps, self.dropout, self.training), partial(self.conv_block_after1, pool=(1, 1))
        maps, lengths = run_block(self, last, maps, lengths)
        own = self.leave(dropout(maps, self.dropout, self.training), lengths)  # (B, T // 32, D)
        return *(_level(*stage) for stage in stages[1:3]), own


def _level(maps: Tensor, lengths: Tensor) -> Encoded:
    frames = maps.mean(3).transpose(1, 2)
    return Encoded(frames, lengths, masked_mean(frames, lengths))
