"""ResNet38: the published key list and count, the loader, levels, lengths, padding, an independent forward pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.errors import UserError
from aacbench.models.encoders.cnn10 import load_panns
from aacbench.models.encoders.resnet38 import ResidualBlock, ResNet38

Shapes = dict[str, tuple[int, ...]]
STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))


def batch_norm(prefix: str, size: int) -> Shapes:
    names = ("weight", "bias", "running_mean", "running_var")
    return {**{f"{prefix}.{name}": (size,) for name in names}, f"{prefix}.num_batches_tracked": ()}


def block(prefix: str, before: int, size: int) -> Shapes:
    convolutions = {f"{prefix}.conv1.weight": (size, before, 3, 3), f"{prefix}.conv2.weight": (size, size, 3, 3)}
    return {**convolutions, **batch_norm(f"{prefix}.bn1", size), **batch_norm(f"{prefix}.bn2", size)}


def published_shapes() -> Shapes:
    """The 246 keys of ResNet38_mAP=0.434.pth under `model`, with their shapes."""
    shapes: Shapes = {
        "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024),
        "spectrogram_extractor.stft.conv_imag.weight": (513, 1, 1024),
        "logmel_extractor.melW": (513, 64),
        **batch_norm("bn0", 64),
        **block("conv_block1", 1, 64),
        **block("conv_block_after1", 512, 2048),
    }
    before = 64
    for stage, (size, count) in enumerate(STAGES, 1):
        for place in range(count):
            shapes |= block(f"resnet.layer{stage}.{place}", size if place else before, size)
        if stage > 1:
            shapes[f"resnet.layer{stage}.0.downsample.1.weight"] = (size, before, 1, 1)
            shapes |= batch_norm(f"resnet.layer{stage}.0.downsample.2", size)
        before = size
    shapes |= {"fc1.weight": (2048, 2048), "fc1.bias": (2048,)}
    return {**shapes, "fc_audioset.weight": (527, 2048), "fc_audioset.bias": (527,)}


def test_keys_shapes_and_count_are_the_published_ones() -> None:
    published = published_shapes()
    assert len(published) == 246
    with torch.device("meta"):
        encoder = ResNet38()
    own = {name: tuple(tensor.shape) for name, tensor in encoder.state_dict().items()}
    front_end = {name for name in published if name.startswith(("spectrogram_", "logmel_"))}
    assert own == {name: shape for name, shape in published.items() if name not in front_end}
    assert sum(parameter.numel() for parameter in encoder.parameters()) == 73_783_247


def test_a_checkpoint_of_this_form_loads(tmp_path: Path) -> None:
    path, encoder = tmp_path / "ResNet38.pth", ResNet38(width=0.0625)
    torch.manual_seed(0)
    tensors = {name: torch.rand(value.shape) for name, value in encoder.state_dict().items() if value.ndim}
    counters = {name: torch.tensor(7) for name, value in encoder.state_dict().items() if not value.ndim}
    stored = {**tensors, **counters, "logmel_extractor.melW": torch.zeros(513, 64)}
    torch.save({"iteration": 1, "model": stored, "sampler": {}}, path)
    load_panns(encoder, path)
    for name, tensor in encoder.state_dict().items():
        torch.testing.assert_close(tensor, stored[name])
    with pytest.raises(UserError, match="has other shapes"):
        load_panns(ResNet38(width=0.25), path)


@pytest.mark.parametrize(
    ("frames", "steps"), [(1001, (250, 125, 31)), (1501, (375, 187, 46)), (2584, (646, 323, 80)), (7, (8, 4, 1))]
)
@torch.no_grad()
def test_lengths_of_the_levels(frames: int, steps: tuple[int, ...]) -> None:
    encoder = ResNet38(width=0.0625).eval()
    levels = encoder.levels(torch.zeros(1, frames, 64), torch.tensor([frames]))
    assert tuple(int(level.lengths) for level in levels) == steps
    assert tuple(level.frames.shape for level in levels) == tuple(
        (1, step, dim) for step, dim in zip(steps, encoder.level_dims, strict=True)
    )
    assert levels[-1].clip.shape == (1, encoder.clip_dim)


@torch.no_grad()
def test_padding_never_changes_a_valid_frame() -> None:
    torch.manual_seed(3)
    encoder = ResNet38(width=0.0625)
    for block in encoder.resnet.modules():
        if isinstance(block, ResidualBlock):
            torch.nn.init.ones_(block.bn2.weight)
    encoder(torch.randn(4, 128, 64), torch.tensor([128] * 4))  # batch-norm statistics other than 0 and 1
    encoder.eval()
    clips = [torch.randn(length, 64) for length in (160, 97, 71, 33, 5)]
    lengths = torch.tensor([len(clip) for clip in clips])
    padded = torch.stack([F.pad(clip, (0, 0, 0, 200 - len(clip)), value=9.0) for clip in clips])
    together = encoder.levels(padded, lengths)
    for place, clip in enumerate(clips):
        alone = encoder.levels(clip[None], lengths[place : place + 1])
        for ours, own in zip(together, alone, strict=True):
            steps = int(own.lengths)
            assert int(ours.lengths[place]) == steps
            torch.testing.assert_close(ours.frames[place, :steps], own.frames[0, :steps], atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(ours.clip[place], own.clip[0], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_equals_an_independent_forward_pass() -> None:
    """ResNet38 written out with functional calls on the same weights."""
    torch.manual_seed(4)
    encoder = ResNet38(width=0.0625).eval()
    weights = {
        name: torch.randn_like(value) * 0.2 if value.ndim else value for name, value in encoder.state_dict().items()
    }
    weights = {name: value.abs() + 0.5 if name.endswith("running_var") else value for name, value in weights.items()}
    encoder.load_state_dict(weights)

    def norm(x: Tensor, prefix: str) -> Tensor:
        mean, variance, weight, bias = (
            weights[f"{prefix}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, variance, weight, bias)

    def conv(x: Tensor, name: str) -> Tensor:
        kernel = weights[f"{name}.weight"]
        return F.conv2d(x, kernel, padding=kernel.shape[-1] // 2)

    features = torch.randn(2, 64, 64)
    x = norm(features.transpose(1, 2), "bn0").transpose(1, 2)[:, None]
    for place in (1, 2):
        x = F.relu(norm(conv(x, f"conv_block1.conv{place}"), f"conv_block1.bn{place}"))
    x, taps = F.avg_pool2d(x, 2), []
    for stage, (_, count) in enumerate(STAGES, 1):
        for place in range(count):
            name = f"resnet.layer{stage}.{place}"
            if stage > 1 and place == 0:
                x = F.avg_pool2d(x, 2)
                same = norm(conv(x, f"{name}.downsample.1"), f"{name}.downsample.2")
            else:
                same = x
            x = norm(conv(F.relu(norm(conv(x, f"{name}.conv1"), f"{name}.bn1")), f"{name}.conv2"), f"{name}.bn2")
            x = F.relu(x + same)
        taps.append(x.mean(3).transpose(1, 2))
    x = F.avg_pool2d(x, 2)
    for place in (1, 2):
        x = F.relu(norm(conv(x, f"conv_block_after1.conv{place}"), f"conv_block_after1.bn{place}"))
    frames = x.mean(3)
    clip = F.relu(F.linear(frames.amax(2) + frames.mean(2), weights["fc1.weight"], weights["fc1.bias"]))
    third, fourth, last = encoder.levels(features, torch.tensor([64, 64]))
    torch.testing.assert_close(third.frames, taps[1], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(fourth.frames, taps[2], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(last.frames, frames.transpose(1, 2), atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(last.clip, clip, atol=1e-4, rtol=1e-3)
