"""YAMNet's published files: the torch port's, TensorFlow's `yamnet.h5`, and the quantised TensorFlow Lite file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aacbench.errors import UserError, cut, one_line
from aacbench.models.checkpoint import load_strictly, read_tensors
from aacbench.models.encoders.yamnet.network import NORM_EPSILON, SEPARABLE, Yamnet
from aacbench.models.encoders.yamnet.tflite import Layer, read_layers
from aacbench.runtime import libraries

RELU6 = 6.0


PARTS = {"depthwise_conv": "depthwise_kernel", "pointwise_conv": "kernel"}
"""The two convolutions of a layer, and what TensorFlow calls their kernels."""


def _datasets_by_tensor() -> dict[str, str]:
    """Return the dataset in `yamnet.h5` that holds each of our tensors; batch norm's scale is in none."""
    names = {"classifier.weight": "logits/logits/kernel:0", "classifier.bias": "logits/logits/bias:0"}
    layers = [("layer1.fused", "layer1", "conv", "kernel", "layer1/conv/bn")]
    for number in range(2, len(SEPARABLE) + 2):
        for part, kernel in PARTS.items():
            layers.append((f"layer{number}.{part}", f"layer{number}", part, kernel, f"layer{number}/{part}/bn"))
    for ours, layer, part, kernel, norm in layers:
        names[f"{ours}.conv.weight"] = f"{layer}/{part}/{layer}/{part}/{kernel}:0"
        for name, theirs in (("bias", "beta"), ("running_mean", "moving_mean"), ("running_var", "moving_variance")):
            names[f"{ours}.bn.{name}"] = f"{norm}/{norm}/{theirs}:0"
    return names


WHERE = _datasets_by_tensor()


def load_torch(encoder: Yamnet, path: Path) -> None:
    """Load `yamnet.pth` of w-hc/torch_audioset.

    Raises:
        UserError: the file is missing, is no such checkpoint, or does not fit (another width).
    """
    load_strictly(encoder, {"ceiling": torch.tensor(math.inf), **read_tensors(path)}, path)


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
    tensors["ceiling"] = torch.tensor(math.inf)
    for name, dataset in WHERE.items():
        tensors[name] = torch.from_numpy(np.ascontiguousarray(_turned(stored[dataset], dataset)))
    for name in tensors:
        if name.endswith(".bn.weight"):
            tensors[name] = torch.ones_like(tensors[name])
    load_strictly(encoder, tensors, path)


def load_tflite(encoder: Yamnet, path: Path) -> None:
    """Load the TensorFlow Lite file of the classifier, whose batch norm is folded into 8-bit kernels and biases.

    A kernel becomes `conv.weight`, and its bias the offset of a batch norm that changes nothing else; activations are
    clamped to 6, as that file's are.

    Raises:
        UserError: the package tflite or the file is missing, or the file is not this network's.
    """
    layers = read_layers(path)
    names = ["layer1.fused"]
    names += [f"layer{number}.{part}" for number in range(2, len(SEPARABLE) + 2) for part in PARTS]
    if len(layers) != len(names) + 1:
        raise UserError(f"{path} is no YAMNet: it has {len(layers)} quantised layers, not {len(names) + 1}")
    tensors = dict(encoder.state_dict())
    for name, layer in zip(names, layers, strict=False):
        size = len(layer.bias)
        tensors[f"{name}.conv.weight"] = _kernel(layer)
        tensors[f"{name}.bn.weight"] = torch.ones(size)
        tensors[f"{name}.bn.bias"] = torch.from_numpy(layer.bias)
        tensors[f"{name}.bn.running_mean"] = torch.zeros(size)
        tensors[f"{name}.bn.running_var"] = torch.full((size,), 1 - NORM_EPSILON)
    tensors["classifier.weight"] = torch.from_numpy(layers[-1].kernel)
    tensors["classifier.bias"] = torch.from_numpy(layers[-1].bias)
    tensors["ceiling"] = torch.tensor(RELU6)
    load_strictly(encoder, tensors, path)


def _kernel(layer: Layer) -> Tensor:
    """Return a kernel (out, in, H, W) of one (out, H, W, in), or of a depthwise one's (1, H, W, C) as (C, 1, H, W)."""
    if layer.kernel.ndim != 4:
        return torch.from_numpy(layer.kernel)
    order = (3, 0, 1, 2) if layer.depthwise else (0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(layer.kernel.transpose(order)))


def _turned(value: NDArray[np.float32], dataset: str) -> NDArray[np.float32]:
    if dataset.endswith("depthwise_kernel:0") and value.ndim == 4:
        return value.transpose(2, 3, 0, 1)  # (H, W, C, 1) to (C, 1, H, W)
    return value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T


def _datasets(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return all datasets of an .h5 file by name, float32."""
    h5py: Any = libraries.load("h5py", f"{path}, other than yamnet.pth,", install="'aacbench[pretrained]'")
    if not path.is_file():
        raise UserError(f"no weights at {path}; run `aacbench fetch yamnet`, or check the path")
    datasets: dict[str, NDArray[np.float32]] = {}
    try:
        with h5py.File(path, "r") as file:

            def note(name: str, item: object) -> None:
                if isinstance(item, h5py.Dataset):
                    if item.nbytes > size or item.external or item.dtype.kind not in "fiu":
                        raise ValueError(f"{cut(name)} is larger than the file, lies elsewhere or holds no numbers")
                    datasets[name] = np.asarray(item[()], dtype=np.float32)

            size = path.stat().st_size
            file.visititems(note)
    except Exception as error:  # h5py has no kind of its own for a damaged file
        raise UserError(f"{path} is no readable .h5 file ({one_line(error)})") from error
    return datasets
