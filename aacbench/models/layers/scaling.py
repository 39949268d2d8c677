"""Features scaled to zero mean and unit variance, bin by bin, over the training clips (the code of Xu et al. 2020).

In: features (B, T, F). The statistics are fitted before training and go along with the network's weights. Of a set that
is too large to be read before training (`aacbench.audio.large`), a sample of `SAMPLE` clips stands for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from aacbench.audio.cache import feature_source
from aacbench.audio.large import is_large
from aacbench.audio.settings import FeatureSettings
from aacbench.models.layers.masks import valid
from aacbench.runtime.seeds import shuffled
from aacbench.types import Clip, Encoded

SAMPLE = 20_000  # clips: hours of audio, over which 10^7 frames fix a bin's mean to a thousandth of its deviation
FLATTEST = 1e-8  # a bin whose variance is below this is left unscaled


class ScaledEncoder(nn.Module):
    """An encoder that is given scaled features; what lies beyond a clip's end stays zero."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, encoder: nn.Module, bins: int) -> None:
        super().__init__()
        self.encoder = encoder
        inner: Any = encoder
        self.dim, self.clip_dim, self.reduction = inner.dim, inner.clip_dim, inner.reduction
        self.register_buffer("mean", torch.zeros(bins))
        self.register_buffer("deviation", torch.ones(bins))

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,)."""
        scaled = (features - self.mean) / self.deviation
        encoded: Encoded = self.encoder(scaled * valid(lengths, scaled.shape[1])[:, :, None], lengths)
        return encoded

    def fit(self, clips: Sequence[Clip], features: FeatureSettings) -> None:
        """Take mean and deviation of each bin from all frames of the clips, or of a sample of very many.

        Raises:
            UserError: audio is missing or cannot be read.
        """
        if is_large(clips):
            clips = [clips[index] for index in shuffled(len(clips), "scaling")[:SAMPLE]]
        source = feature_source(features)
        source.prepare(clips)
        count, total, squares = 0, torch.zeros(len(self.mean)).double(), torch.zeros(len(self.mean)).double()
        for clip in clips:
            frames = source.load(clip).double()
            count, total, squares = count + len(frames), total + frames.sum(0), squares + frames.square().sum(0)
        mean = total / count
        variance = squares / count - mean.square()
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(variance > FLATTEST, variance, 1.0).sqrt())
