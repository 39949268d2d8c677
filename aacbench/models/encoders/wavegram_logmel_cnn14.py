"""Wavegram-Logmel-CNN14 of PANNs (Kong et al. 2020): a learnt spectrogram of the waveform beside the log-mel one.

In: samples (B, T, hop), features of the kind "waveform" (published weights: 32 kHz, hop 320). Out: frames
(B, T // 32, 2048) and clip (B, 2048), as CNN14's. The wavegram has one column a hop, the log-mel spectrogram one more,
so that after the first pooling the second may be a frame longer: it is cut to the wavegram's length, as the code of
Xu et al. (2022) does. Keys and shapes equal the published `Wavegram_Logmel_Cnn14_mAP=0.439.pth` without its frozen
front-end.
"""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import FeatureSettings, front_end
from aacbench.errors import UserError
from aacbench.models.layers.conv import ConvBlock, at_least
from aacbench.models.layers.logmel import LogMel
from aacbench.models.layers.masks import valid
from aacbench.models.layers.norm import count_padding, masked_norm
from aacbench.models.layers.panns import CHANNELS, PannsCnn, scaled
from aacbench.models.layers.recompute import block as run_block
from aacbench.types import Encoded

POOL, POOLS = 4, 3
GROUPS = 4  # channels that the wavegram is folded into


class WaveBlock(nn.Module):
    """Convolutions of width 3, the second dilated by 2, with batch norm and ReLU; then max pooling by 4."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(channels_in, channels_out, 3, padding=1, bias=False)
        self.conv2 = nn.Conv1d(channels_out, channels_out, 3, padding=2, dilation=2, bias=False)
        self.bn1 = nn.BatchNorm1d(channels_out)
        self.bn2 = nn.BatchNorm1d(channels_out)
        nn.init.xavier_uniform_(self.conv1.weight)
        nn.init.xavier_uniform_(self.conv2.weight)

    def forward(self, maps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (B, C, N) and lengths (B,), multiples of 4, give (B, C', N // 4) and lengths // 4."""
        maps = F.relu(masked_norm(self.bn1, self.conv1(maps), lengths))
        maps = F.relu(masked_norm(self.bn2, self.conv2(maps), lengths))
        return F.max_pool1d(maps, POOL), lengths // POOL


class WavegramLogmelCnn14(PannsCnn):
    """The encoder for waveforms under `features`, whose hop must be a multiple of 64 and whose mel bins even."""

    def __init__(
        self,
        features: FeatureSettings | None = None,
        width: float = 1.0,
        classes: int = 527,
        dropout: float = 0.2,
        clip_dropout: float = 0.5,
        padded_statistics: bool = False,
    ) -> None:
        features = features or front_end("panns-waveform")
        stride, odd = divmod(features.hop, POOL**POOLS)
        if features.kind != "waveform" or odd or features.mel_bins % 2:
            raise UserError(
                "wavegram-logmel-cnn14 reads waveforms with a hop that is a multiple of 64 and an even number of mel "
                f"bins; got {features.kind!r}, {features.hop} and {features.mel_bins}; try front_end=panns-waveform"
            )
        first, second = scaled(CHANNELS[:2], width)
        super().__init__(features.mel_bins, width, classes, dropout, clip_dropout, padded_statistics, joined=first)
        self.bins, self.groups = features.mel_bins // 2, max(1, round(GROUPS * width))
        folded = self.groups * self.bins
        self.logmel = LogMel(features)
        self.pre_conv0 = nn.Conv1d(1, first, 11, stride=stride, padding=5, bias=False)
        nn.init.xavier_uniform_(self.pre_conv0.weight)
        self.pre_bn0 = nn.BatchNorm1d(first)
        self.pre_block1 = WaveBlock(first, first)
        self.pre_block2 = WaveBlock(first, second)
        self.pre_block3 = WaveBlock(second, folded)
        self.pre_block4 = ConvBlock(self.groups, first)
        count_padding(self, padded_statistics)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode samples (B, T, hop) with valid lengths (B,) in hops; clips shorter than 32 hops are padded."""
        samples, lengths = at_least(features, lengths, max(self.reduction, self.logmel.shortest))
        wave, halves = self._wavegram(samples, lengths)
        mel, _ = self.first(*self.logmel(samples, lengths))
        maps = torch.cat([mel[:, :, : wave.shape[2]], wave], 1)  # (B, C + C, T // 2, bins)
        return self.rest(maps * valid(halves, maps.shape[2])[:, None, :, None].to(maps.dtype), halves)

    def _wavegram(self, samples: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Samples (B, T, hop) give maps (B, C, T // 2, bins) and lengths // 2."""
        counts = lengths * POOL**POOLS
        maps: Tensor = run_block(self, self._strided, samples, counts)
        for block in (self.pre_block1, self.pre_block2, self.pre_block3):
            maps, counts = run_block(self, block, maps, counts)
        maps = maps.reshape(len(maps), self.groups, self.bins, -1).transpose(2, 3)  # (B, groups, T, bins)
        folded: tuple[Tensor, Tensor] = run_block(self, partial(self.pre_block4, pool=(2, 1)), maps, counts)
        return folded

    def _strided(self, samples: Tensor, counts: Tensor) -> Tensor:
        """Samples (B, T, hop) with lengths (B,) in 64ths of a hop give maps (B, C, 64 T)."""
        return F.relu(masked_norm(self.pre_bn0, self.pre_conv0(samples.flatten(1)[:, None]), counts))
