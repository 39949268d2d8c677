"""CNN10 of PANNs (Kong et al. 2020): four convolution blocks of 64 to 512 channels over a log-mel spectrogram.

In: log-mel (B, T, F) with F mel bins (published weights: 64). Out: frames (B, T // 16, 512), the map averaged over mel;
clip (B, 512), the ReLU of fc1 over (maximum + mean over valid frames). Keys and shapes equal the published checkpoint
`Cnn10_mAP=0.380.pth` without its frozen front-end; `cnn10_unbalanced.pth` of Xu et al. (2021) is the same network under
other names, trained on that paper's features. `width` scales all channels for presets that train in minutes.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.layers.conv import ConvBlock, at_least
from aacbench.models.layers.dropout import dropout
from aacbench.models.layers.panns import PannsNetwork, scaled
from aacbench.models.layers.recompute import block as run_block
from aacbench.types import Encoded

CHANNELS = (64, 128, 256, 512)
FRONT_END_KEYS = ("spectrogram_extractor.", "logmel_extractor.")
# AudioCaption (Xu et al. 2021) numbers what PANNs names: its key prefixes, and ours.
AUDIOCAPTION_KEYS = {
    "init_bn.": "bn0.",
    "embedding.": "fc1.",
    **{
        f"features.{3 * block}.{layer}.": f"conv_block{block + 1}.{part}."
        for block in range(len(CHANNELS))
        for layer, part in ((0, "conv1"), (1, "bn1"), (3, "conv2"), (4, "bn2"))
    },
}


class Cnn10(PannsNetwork):
    """The encoder. `classes` is the size of the tagging head `fc_audioset`.

    With `padded_statistics`, batch norm counts padded frames in training, as the public codes do.
    """

    reduction = 16

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
        channels = scaled(CHANNELS, width)
        self.conv_block1 = ConvBlock(1, channels[0])
        self.conv_block2 = ConvBlock(channels[0], channels[1])
        self.conv_block3 = ConvBlock(channels[1], channels[2])
        self.conv_block4 = ConvBlock(channels[2], channels[3])
        self.finish(channels[3], classes, padded_statistics)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode log-mel (B, T, F) with valid lengths (B,); clips shorter than 16 frames are padded to one frame."""
        features, lengths = at_least(features, lengths, self.reduction)
        maps = self.enter(features, lengths)
        for block in (self.conv_block1, self.conv_block2, self.conv_block3, self.conv_block4):
            maps, lengths = run_block(self, block, maps, lengths)
            maps = dropout(maps, self.dropout, self.training)
        return self.leave(maps, lengths)


def load_panns(encoder: nn.Module, path: Path) -> None:
    """Load a published checkpoint of PANNs: weights under `model`, frozen front-end dropped, everything else strict.

    Raises:
        UserError: the file is missing, is no PANNs checkpoint, or does not fit (another network or width).
    """
    load_strictly(encoder, read_tensors(path, "model"), path, drop=FRONT_END_KEYS)


def load_audiocaption(encoder: Cnn10, path: Path) -> None:
    """Load `cnn10_unbalanced.pth` (Xu et al. 2021): the names of `AUDIOCAPTION_KEYS`, with or without an outer `model`.

    The published file is loaded for its encoder alone: other names in it, such as a tagging head's, are left out, and
    `fc_audioset` keeps its values.

    Raises:
        UserError: the file is missing, or does not hold the whole encoder in this width.
    """
    own = {name: value for name, value in encoder.state_dict().items() if name.startswith("fc_audioset.")}
    for name, value in read_tensors(path, "model", optional=True).items():
        for theirs, ours in AUDIOCAPTION_KEYS.items():
            if name.startswith(theirs):
                own[ours + name.removeprefix(theirs)] = value
    load_strictly(encoder, own, path)
