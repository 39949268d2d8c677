"""CRNN5, the network of CDur (Dinkel and Yu 2020): five convolutions with LP pooling, then a bidirectional GRU.

In: log-mel (B, T, F), F a multiple of 64. Out: frames (B, T // 4, 256), clip (B, 256), the mean over valid frames. A
convolution here is batch norm, 3x3 convolution without bias, LeakyReLU 0.1; pooling windows are (frames, mel bins).
`width` scales all channels and the GRU for presets that train in minutes. Convolutions have 480,354 parameters, the
GRU has 198,144. The network's authors published it with heads for AudioSet's classes (Datadriven-GPVAD's teachers,
GPV-F) and for others' (CDur); `classes` makes a head for them.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.errors import UserError
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.layers.bidirectional import run_bidirectional
from aacbench.models.layers.conv import at_least, channels_last, mask_time
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.masks import masked_mean, valid
from aacbench.models.layers.norm import count_padding, masked_norm
from aacbench.models.layers.recompute import block as run_block
from aacbench.types import Encoded

CHANNELS = (32, 128, 128, 128, 128)
POOLS = {0: (2, 4), 2: (2, 4), 4: (1, 4)}  # after which convolution, over how many frames and mel bins
MEL_DIVISOR = 64
HEAD = "outputlayer."  # what the authors call the tagging head
# The authors number what is named here: their key prefixes, and ours. Numbers between are pooling and dropout.
AUTHORS_KEYS = {
    "gru.": "gru.",
    **{
        f"features.{number}.block.{layer}.": f"convolutions.{index}.{part}."
        for index, number in enumerate((0, 2, 3, 5, 6))
        for layer, part in ((0, "bn"), (1, "conv"))
    },
}
SMALLEST = 1e-30  # a sum of fourth powers below this counts as zero, where the root has no gradient


def lp_pool(maps: Tensor, window: tuple[int, int], power: float = 4.0) -> Tensor:
    """Return maps (B, C, T // t, F // f) of (sum over the window of |x| ** power) ** (1 / power): the sum, no mean."""
    size = window[0] * window[1]
    total = F.avg_pool2d(maps.float().abs().pow(power), window) * size
    live = total > SMALLEST
    return torch.where(live, torch.where(live, total, 1.0).pow(1.0 / power), 0.0).to(maps.dtype)


def linear_softmax(probabilities: Tensor, lengths: Tensor) -> Tensor:
    """Return sum(p ** 2) / sum(p) over valid frames: (B, T, classes) to (B, classes), confident frames weigh more."""
    mask = valid(lengths, probabilities.shape[1])[:, :, None]
    inside = probabilities.masked_fill(~mask, 0.0)
    return (inside * inside).sum(1) / inside.sum(1).clamp(min=1e-7)


class LinearSoftmaxHead(nn.Module):
    """Tagging: a probability per frame and class, pooled by linear softmax, given back as logits (B, classes)."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, classes)

    def forward(self, encoded: Encoded) -> Tensor:
        """Probabilities are kept 1e-7 away from 0 and 1, as CDur does."""
        frames = torch.sigmoid(self.linear(encoded.frames).float()).clamp(1e-7, 1.0)
        return torch.logit(linear_softmax(frames, encoded.lengths), eps=1e-7)


class Convolution(nn.Module):
    """Batch norm, 3x3 convolution, LeakyReLU; frames beyond a clip's end are zero in and out."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels_in)
        self.conv = nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv.weight)

    def forward(self, maps: Tensor, lengths: Tensor) -> Tensor:
        """Maps (B, C, T, F) with lengths (B,) give (B, C', T, F)."""
        maps = masked_norm(self.bn, maps, lengths)
        return mask_time(F.leaky_relu(self.conv(maps), 0.1), lengths)


class Crnn5(nn.Module):
    """The encoder, with a tagging head `tagger` where `classes` is given.

    With `padded_statistics`, batch norm counts padded frames in training, as the public codes do.
    """

    reduction = 4
    recomputes = False  # see `layers.recompute`

    def __init__(
        self,
        mel_bins: int = 64,
        width: float = 1.0,
        dropout: float = 0.3,
        classes: int | None = None,
        padded_statistics: bool = False,
    ) -> None:
        super().__init__()
        if mel_bins % MEL_DIVISOR:
            raise UserError(
                f"crnn5 pools the mel bins by {MEL_DIVISOR}: features need a multiple of that, not {mel_bins}"
            )
        channels = [1, *(max(8, round(count * width)) for count in CHANNELS)]
        self.dropout = dropout
        self.convolutions = nn.ModuleList(Convolution(before, after) for before, after in pairwise(channels))
        self.gru = nn.GRU(channels[-1] * (mel_bins // MEL_DIVISOR), channels[-1], batch_first=True, bidirectional=True)
        self.dim = self.clip_dim = 2 * channels[-1]
        count_padding(self, padded_statistics)
        self.tagger = None if classes is None else LinearSoftmaxHead(self.dim, classes)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode log-mel (B, T, F) with valid lengths (B,); clips shorter than 4 frames are padded to one frame."""
        features, lengths = at_least(features, lengths, self.reduction)
        maps = channels_last(features[:, None])  # (B, 1, T, F)
        for index, convolution in enumerate(self.convolutions):
            maps = run_block(self, convolution, maps, lengths)
            if index in POOLS:
                maps, lengths = lp_pool(maps, POOLS[index]), lengths // POOLS[index][0]
                maps = mask_time(maps, lengths)  # an odd last frame meets padding: drop it
        maps = dropout(maps, self.dropout, self.training)
        frames = maps.permute(0, 2, 1, 3).flatten(2)  # (B, T // 4, C)
        frames = run_bidirectional(self.gru, frames, lengths)
        return Encoded(frames, lengths, masked_mean(frames, lengths))

    def tagging_head(self, classes: int) -> nn.Module:
        """Return the head that audio tagging trains this encoder with."""
        return LinearSoftmaxHead(self.dim, classes)

    def tag_scores(self, encoded: Encoded) -> Tensor:
        """Return the probability (B, classes) of each class; raises UserError where there is no head."""
        if self.tagger is None:
            raise UserError("this crnn5 has no tagging head; make it with the setting classes")
        scores: Tensor = torch.sigmoid(self.tagger(encoded))
        return scores


def load_authors(encoder: Crnn5, path: Path) -> None:
    """Load a state dict of Datadriven-GPVAD, GPV or CDur: the names of `AUTHORS_KEYS`, bare or under `model`.

    The tagging head is loaded where the encoder has one; temporal pooling that was trained is left out.

    Raises:
        UserError: the file is missing, or does not hold the whole encoder in this width and with these classes.
    """
    heads = {} if encoder.tagger is None else {HEAD: "tagger.linear."}
    tensors = {}
    for name, value in read_tensors(path, "model", optional=True).items():
        for theirs, ours in {**AUTHORS_KEYS, **heads}.items():
            if name.startswith(theirs):
                tensors[ours + name.removeprefix(theirs)] = value
    load_strictly(encoder, tensors, path)
