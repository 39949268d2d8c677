"""YAMNet (tensorflow/models, research/audioset/yamnet): MobileNet on patches of a log-mel spectrogram.

In: natural-log mel (B, T, 64) of the front-end `yamnet`, 10 ms a frame. A patch is 96 frames, every 48. Out: one
embedding a patch, frames (B, T', 1024) with T' = 1 + ceil((T - 96) / 48); clip (B, 1024) is their mean. As in
TensorFlow, SAME padding puts the odd row at the end, and batch norm has an offset but no scale. Names and shapes are
those of the torch port `yamnet.pth` (w-hc/torch_audioset); `WHERE` says where TensorFlow's `yamnet.h5` has them.
`width` scales all channels for presets that train in minutes.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from aacbench.errors import UserError, cut, one_line
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.layers.masks import masked_mean
from aacbench.models.layers.windows import joined, windows
from aacbench.runtime import libraries
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
    """A convolution without bias under SAME padding, batch norm with an offset alone, ReLU."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv = nn.Conv2d(channels_in, channels_out, kernel, stride, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(channels_out, eps=NORM_EPSILON)
        self.bn.weight.requires_grad_(False)  # stays 1
        nn.init.kaiming_uniform_(self.conv.weight, nonlinearity="relu")

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (N, C, H, W) give (N, C', ceil(H / stride), ceil(W / stride))."""
        return F.relu(self.bn(self.conv(same_padding(maps, self.kernel, self.stride))))


class FirstLayer(nn.Module):
    """The whole convolution, under the port's name."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fused = Convolution(1, channels, 3, stride=2)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (N, 1, H, W) give (N, C, ceil(H / 2), ceil(W / 2))."""
        result: Tensor = self.fused(maps)
        return result


class Separable(nn.Module):
    """A 3x3 convolution of each channel by itself, then a 1x1 convolution across channels."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.depthwise_conv = Convolution(channels_in, channels_in, 3, stride, groups=channels_in)
        self.pointwise_conv = Convolution(channels_in, channels_out, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (N, C, H, W) give (N, C', ceil(H / stride), ceil(W / stride))."""
        result: Tensor = self.pointwise_conv(self.depthwise_conv(maps))
        return result


class Yamnet(nn.Module):
    """The encoder. `classes` is the size of the tagging head `classifier`; `fill` is what ends a last patch.

    A patch is `window` frames, every `hop`; `frame_seconds` is the front-end's hop.
    """

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
        self.to(memory_format=torch.channels_last)

    def forward(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode log-mel (B, T, F) with valid lengths (B,)."""
        patches, counts = windows(features, lengths, self.window, self.reduction, self.fill)
        maps = patches[:, None]  # (N, 1, window, F)
        for number in range(1, len(SEPARABLE) + 2):
            maps = self.get_submodule(f"layer{number}")(maps)
        frames = joined(maps.mean((2, 3)), counts)  # (B, T', D)
        return Encoded(frames, counts, masked_mean(frames, counts))

    def tags(self, encoded: Encoded) -> Tensor:
        """Return tagging logits (B, T', classes) of the patches."""
        logits: Tensor = self.classifier(encoded.frames)
        return logits


def _places() -> dict[str, str]:
    """Return the dataset in `yamnet.h5` that holds each of our tensors; batch norm's scale is in none."""
    places = {"classifier.weight": "logits/logits/kernel:0", "classifier.bias": "logits/logits/bias:0"}
    layers = [("layer1.fused", "layer1", "conv", "kernel", "layer1/conv/bn")]
    for number in range(2, len(SEPARABLE) + 2):
        for part, kernel in (("depthwise_conv", "depthwise_kernel"), ("pointwise_conv", "kernel")):
            layers.append((f"layer{number}.{part}", f"layer{number}", part, kernel, f"layer{number}/{part}/bn"))
    for ours, layer, part, kernel, norm in layers:
        places[f"{ours}.conv.weight"] = f"{layer}/{part}/{layer}/{part}/{kernel}:0"
        for name, theirs in (("bias", "beta"), ("running_mean", "moving_mean"), ("running_var", "moving_variance")):
            places[f"{ours}.bn.{name}"] = f"{norm}/{norm}/{theirs}:0"
    return places


WHERE = _places()


def load_torch(encoder: Yamnet, path: Path) -> None:
    """Load `yamnet.pth` of w-hc/torch_audioset.

    Raises:
        UserError: the file is missing, is no such checkpoint, or does not fit (another width).
    """
    load_strictly(encoder, read_tensors(path), path)


def load_tensorflow(encoder: Yamnet, path: Path) -> None:
    """Load TensorFlow's `yamnet.h5`: kernels (H, W, in, out) become (out, in, H, W), the dense layer's are transposed.

    Raises:
        UserError: h5py or the file is missing, or the file is not this network's.
    """
    stored = _datasets(path)
    lacking = [name for name in WHERE.values() if name not in stored]
    if lacking:
        raise UserError(f"{path} is no YAMNet: it has no {lacking[0]} (and {len(lacking) - 1} more are missing)")
    tensors = {name: value for name, value in encoder.state_dict().items() if name not in WHERE}
    for name, place in WHERE.items():
        tensors[name] = torch.from_numpy(np.ascontiguousarray(_turned(stored[place], place)))
    for name in tensors:
        if name.endswith(".bn.weight"):
            tensors[name] = torch.ones_like(tensors[name])
    load_strictly(encoder, tensors, path)


def _turned(value: NDArray[np.float32], place: str) -> NDArray[np.float32]:
    if place.endswith("depthwise_kernel:0") and value.ndim == 4:
        return value.transpose(2, 3, 0, 1)  # (H, W, C, 1) to (C, 1, H, W)
    return value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T


def _datasets(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return all datasets of an .h5 file by name, float32."""
    h5py: Any = libraries.load("h5py", f"{path}, other than yamnet.pth,", install="'aacbench[pretrained]'")
    if not path.is_file():
        raise UserError(f"no weights at {path}; run `aacbench fetch yamnet`, or check the path")
    found: dict[str, NDArray[np.float32]] = {}
    try:
        with h5py.File(path, "r") as file:

            def note(name: str, item: object) -> None:
                if isinstance(item, h5py.Dataset):
                    if item.nbytes > size or item.external or item.dtype.kind not in "fiu":
                        raise ValueError(f"{cut(name)} is larger than the file, lies elsewhere or holds no numbers")
                    found[name] = np.asarray(item[()], dtype=np.float32)

            size = path.stat().st_size
            file.visititems(note)
    except Exception as error:  # h5py has no kind of its own for a damaged file
        raise UserError(f"{path} is no readable .h5 file ({one_line(error)})") from error
    return found
