"""YAMNet (tensorflow/models, research/audioset/yamnet): MobileNet on patches of a log-mel spectrogram.

In: natural-log mel (B, T, 64) of the front-end `yamnet`, 10 ms a frame. A patch is 96 frames, every 48. Out: one
embedding a patch, frames (B, T', 1024) with T' = 1 + ceil((T - 96) / 48); clip (B, 1024) is their mean. As in
TensorFlow, SAME padding puts the odd row at the end, and batch norm has an offset but no scale. Names and shapes are
those of the torch port `yamnet.pth` (w-hc/torch_audioset). `width` scales all channels for presets that train in
minutes.

The published float model has ReLU. The published TensorFlow Lite file is of a network with ReLU6: loading it sets
`ceiling`, which goes along with the weights.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.errors import UserError
from aacbench.models.layers.masks import masked_mean
from aacbench.models.layers.windows import joined, windows
from aacbench.types import Encoded

FIRST = 32  # channels of the first, whole convolution
# Channels and stride of each depthwise-separable convolution, layer2 to layer14.
SEPARABLE = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
    (1024, 2), (1024, 1),
)  # fmt: skip
NORM_EPSILON = 1e-4
SILENCE = math.log(0.001)


def same_padding(maps: Tensor, kernel: int, stride: int) -> Tensor:
    """Return maps (N, C, H, W) padded with zeros as TensorFlow's SAME does: ceil(size / stride) outputs."""
    padding: list[int] = []
    for size in (maps.shape[3], maps.shape[2]):
        total = max(0, (-(-size // stride) - 1) * stride + kernel - size)
        padding += [total // 2, total - total // 2]
    return F.pad(maps, padding)


class Convolution(nn.Module):
    """A convolution without bias under SAME padding, batch norm with an offset alone, ReLU up to a ceiling."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, stride, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(channels_out, eps=NORM_EPSILON)
        self.bn.weight.requires_grad_(False)  # stays 1
        nn.init.kaiming_uniform_(self.conv.weight, nonlinearity="relu")

    def forward(self, maps: Tensor, ceiling: Tensor) -> Tensor:
        """Maps (N, C, H, W) give (N, C', ceil(H / stride), ceil(W / stride))."""
        return torch.minimum(F.relu(self.bn(self.conv(same_padding(maps, self.kernel, self.stride)))), ceiling)


class FirstLayer(nn.Module):
    """The whole convolution, under the port's name."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fused = Convolution(1, channels, 3, stride=2)

    def forward(self, maps: Tensor, ceiling: Tensor) -> Tensor:
        """Maps (N, 1, H, W) give (N, C, ceil(H / 2), ceil(W / 2))."""
        result: Tensor = self.fused(maps, ceiling)
        return result


class Separable(nn.Module):
    """A 3x3 convolution of each channel by itself, then a 1x1 convolution across channels."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.depthwise_conv = Convolution(channels_in, channels_in, 3, stride, groups=channels_in)
        self.pointwise_conv = Convolution(channels_in, channels_out, 1)

    def forward(self, maps: Tensor, ceiling: Tensor) -> Tensor:
        """Maps (N, C, H, W) give (N, C', ceil(H / stride), ceil(W / stride))."""
        result: Tensor = self.pointwise_conv(self.depthwise_conv(maps, ceiling), ceiling)
        return result


class Yamnet(nn.Module):
    """The encoder. `classes` is the size of the tagging head `classifier`; `fill` is what ends a last patch.

    A patch is `window` frames, every `hop`; `frame_seconds` is the front-end's hop.
    """

    ceiling: Tensor
    optional_buffers: ClassVar[tuple[str, ...]] = ("ceiling",)

    def __init__(
        self,
        mel_bins: int = 64,  # any: the maps are averaged
        width: float = 1.0,
        classes: int = 521,
        window: int = 96,
        hop: int = 48,
        fill: float = SILENCE,
        frame_seconds: float = 0.01,
    ) -> None:
        super().__init__()
        if not 1 <= hop <= window:
            raise UserError(f"yamnet wants 1 <= hop <= window, not a hop of {hop} and a window of {window} frames")
        self.window, self.reduction, self.fill = window, hop, fill
        self.frame_hop, self.frame_span = hop * frame_seconds, window * frame_seconds
        before = max(8, round(FIRST * width))
        self.layer1 = FirstLayer(before)
        for number, (channels, stride) in enumerate(SEPARABLE, 2):
            after = max(8, round(channels * width))
            self.add_module(f"layer{number}", Separable(before, after, stride))
            before = after
        self.dim = self.clip_dim = before
        self.classifier = nn.Linear(before, classes)
        self.register_buffer("ceiling", torch.tensor(math.inf))
        self.to(memory_format=torch.channels_last)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode log-mel (B, T, F) with valid lengths (B,)."""
        patches, counts = windows(features, lengths, self.window, self.reduction, self.fill)
        maps = patches[:, None]  # (N, 1, window, F)
        for number in range(1, len(SEPARABLE) + 2):
            maps = self.get_submodule(f"layer{number}")(maps, self.ceiling)
        frames = joined(maps.mean((2, 3)), counts)  # (B, T', D)
        return Encoded(frames, counts, masked_mean(frames, counts))

    def tag_scores(self, encoded: Encoded) -> Tensor:
        """Return the probability (B, classes) of each class: the mean over patches, as the authors take it."""
        return masked_mean(torch.sigmoid(self.classifier(encoded.frames)), encoded.lengths)
