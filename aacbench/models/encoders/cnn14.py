"""CNN14 of PANNs (Kong et al. 2020): six convolution blocks of 64 to 2048 channels over a log-mel spectrogram.

In: log-mel (B, T, F) with F mel bins (published weights: 64). Out: frames (B, T // 32, 2048), the map averaged over
mel; clip (B, 2048), the ReLU of fc1 over (maximum + mean over valid frames). Keys and shapes equal the published
checkpoint `Cnn14_mAP=0.431.pth` without its frozen front-end. `width` scales all channels for small presets.
"""

from __future__ import annotations

from torch import Tensor

from aacbench.models.layers.conv import at_least
from aacbench.models.layers.panns import PannsCnn
from aacbench.types import Encoded


class Cnn14(PannsCnn):
    """The encoder. `classes` is the size of the tagging head `fc_audioset`.

    With `padded_statistics`, batch norm counts padded frames in training, as the public codes do.
    """

    def __init__(
        self,
        mel_bins: int = 64,
        width: float = 1.0,
        classes: int = 527,
        dropout: float = 0.2,
        clip_dropout: float = 0.5,
        padded_statistics: bool = False,
    ) -> None:
        super().__init__(mel_bins, width, classes, dropout, clip_dropout, padded_statistics)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode log-mel (B, T, F) with valid lengths (B,); clips shorter than 32 frames are padded to one frame."""
        features, lengths = at_least(features, lengths, self.reduction)
        return self.rest(*self.first(features, lengths))
