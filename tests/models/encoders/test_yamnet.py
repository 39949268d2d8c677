"""YAMNet: framing, parameter counts, SAME padding, an independent pass, padding, both files, what does not fit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from aacbench.audio import front_end
from aacbench.audio.logmel import extract
from aacbench.errors import UserError
from aacbench.models.encoders.yamnet import SEPARABLE, WHERE, Yamnet, load_tensorflow, load_torch, same_padding


def spread(encoder: Yamnet) -> Yamnet:
    """Give the batch norms statistics and offsets other than 0 and 1."""
    for name, value in encoder.state_dict().items():
        if name.endswith(("running_mean", "bn.bias")):
            value.normal_(0, 0.1)
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    return encoder.eval()


def small(**settings: Any) -> Yamnet:
    torch.manual_seed(0)
    return spread(Yamnet(width=0.125, **settings))


@pytest.mark.parametrize(("seconds", "patches"), [(10, 20), (15, 31), (20, 41), (30, 62), (0.1, 1)])
@torch.no_grad()
def test_patches_of_clips(seconds: float, patches: int) -> None:
    frames = front_end("yamnet").frames(int(seconds * 16000))
    encoded = small()(torch.zeros(1, frames, 64), torch.tensor([frames]))
    assert encoded.frames.shape == (1, patches, 128)
    assert encoded.lengths.tolist() == [patches]
    assert patches == 1 + math.ceil(max(0, seconds * 16000 - 15600) / 7680)


def test_sizes_are_the_published_networks() -> None:
    encoder = Yamnet()
    trained = sum(value.numel() for value in encoder.parameters() if value.requires_grad)
    stored = sum(value.numel() for name, value in encoder.state_dict().items() if name in WHERE)
    assert (trained, stored) == (3_729_481, 3_751_369)  # 3.7 M weights; TensorFlow stores no scales
    assert (encoder.dim, encoder.clip_dim, encoder.reduction) == (1024, 1024, 48)
    assert (encoder.frame_hop, encoder.frame_span) == (0.48, 0.96)


@pytest.mark.parametrize(("size", "stride", "before", "after"), [(96, 2, 0, 1), (64, 1, 1, 1), (7, 2, 1, 1)])
def test_same_padding_puts_the_odd_row_last(size: int, stride: int, before: int, after: int) -> None:
    maps = same_padding(torch.ones(1, 1, size, size), 3, stride)
    assert maps.shape[2] == maps.shape[3] == size + before + after
    assert maps[0, 0, size // 2 + before].tolist() == [0.0] * before + [1.0] * size + [0.0] * after


@torch.no_grad()
def test_equals_an_independent_forward_pass() -> None:
    """Convolutions by unfolding (im2col) and matrix products, batch norm from its definition, patch by patch."""
    encoder = small()
    weights = {name: value.double() for name, value in encoder.state_dict().items()}
    features = torch.randn(1, 96 + 48, 64)
    encoded = encoder(features, torch.tensor([144]))

    def layer(maps: torch.Tensor, name: str, kernel: int, stride: int, each: bool) -> torch.Tensor:
        high, wide = (math.ceil(size / stride) for size in maps.shape[1:])
        pads = [
            max(0, (count - 1) * stride + kernel - size)
            for count, size in zip((wide, high), maps.shape[:0:-1], strict=True)
        ]
        maps = F.pad(maps, (pads[0] // 2, pads[0] - pads[0] // 2, pads[1] // 2, pads[1] - pads[1] // 2))
        columns = F.unfold(maps[None], kernel, stride=stride)[0]  # (C k k, high x wide)
        kernels = weights[f"{name}.conv.weight"].flatten(1)
        if each:
            grouped = columns.view(maps.shape[0], kernel * kernel, -1)
            output = (kernels[:, :, None] * grouped).sum(1)
        else:
            output = kernels @ columns
        mean, variance, offset = (
            weights[f"{name}.bn.{part}"][:, None] for part in ("running_mean", "running_var", "bias")
        )
        normal: torch.Tensor = (output - mean) / (variance + 1e-4).sqrt() + offset
        return normal.clamp(min=0).view(-1, high, wide)

    for patch in range(2):
        maps = layer(features[:, patch * 48 : patch * 48 + 96].double(), "layer1.fused", 3, 2, False)
        for number, (_, stride) in enumerate(SEPARABLE, 2):
            maps = layer(maps, f"layer{number}.depthwise_conv", 3, stride, True)
            maps = layer(maps, f"layer{number}.pointwise_conv", 1, 1, False)
        assert maps.shape == (128, 3, 2)
        torch.testing.assert_close(encoded.frames[0, patch].double(), maps.mean((1, 2)), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(encoded.clip[0], encoded.frames[0].mean(0))


@torch.no_grad()
def test_padding_never_changes_a_patch() -> None:
    encoder = small()
    clips = [torch.randn(length, 64) for length in (300, 144, 97, 20)]
    lengths = torch.tensor([len(clip) for clip in clips])
    together = encoder(torch.stack([F.pad(clip, (0, 0, 0, 400 - len(clip)), value=9.0) for clip in clips]), lengths)
    assert together.lengths.tolist() == [6, 2, 2, 1]
    for place, clip in enumerate(clips):
        alone = encoder(clip[None], lengths[place : place + 1])
        torch.testing.assert_close(together.frames[place, : int(alone.lengths)], alone.frames[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(together.clip[place], alone.clip[0], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_silence_and_a_sine_through_the_front_end() -> None:
    """TensorFlow's own test inputs: three seconds of silence and of 440 Hz; both are steady, so are the patches."""
    encoder, settings = small(), front_end("yamnet")
    time = np.arange(3 * 16000) / 16000
    found = []
    for wave in (np.zeros(3 * 16000), np.sin(2 * np.pi * 440 * time)):
        features = extract(wave.astype(np.float32), settings)
        encoded = encoder(features[None], torch.tensor([len(features)]))
        assert encoded.frames.shape[1] == 6
        whole = encoded.frames[0, :5]  # the last patch ends in zeros
        found.append((features, whole[0], float((whole - whole[0]).norm(dim=1).max())))
    (silence, quiet, change), (sine, tone, ripple) = found
    assert change < 1e-4
    assert ripple < 0.2 * float((quiet - tone).norm())  # 440 Hz is at another phase in each frame
    torch.testing.assert_close(silence, torch.full_like(silence, math.log(0.001)))
    assert 0 < int(sine[50].argmax()) < 20  # 440 Hz lies among the lower of 64 bins from 125 to 7500 Hz
    torch.testing.assert_close(encoder(silence[:20][None], torch.tensor([20])).frames[0, 0], quiet)  # `fill` is silence


def write_h5(path: Path, encoder: Yamnet) -> None:
    """Write the weights as TensorFlow's file has them: its names, its order of axes."""
    state = encoder.state_dict()
    with h5py.File(path, "w") as file:
        for name, place in WHERE.items():
            value = state[name].numpy()
            if "depthwise_kernel" in place:
                value = np.moveaxis(value, (0, 1), (2, 3))  # (C, 1, H, W) to (H, W, C, 1)
            elif value.ndim == 4:
                value = np.moveaxis(value, (0, 1), (3, 2))  # (out, in, H, W) to (H, W, in, out)
            file.create_dataset(place, data=value.T if value.ndim == 2 else value)


def test_names_and_shapes_of_the_published_files(tmp_path: Path) -> None:
    write_h5(tmp_path / "yamnet.h5", Yamnet())
    with h5py.File(tmp_path / "yamnet.h5") as file:
        shapes = {place: file[place].shape for place in WHERE.values()}
    assert shapes["layer1/conv/layer1/conv/kernel:0"] == (3, 3, 1, 32)
    assert shapes["layer1/conv/bn/layer1/conv/bn/moving_variance:0"] == (32,)
    assert shapes["layer2/depthwise_conv/layer2/depthwise_conv/depthwise_kernel:0"] == (3, 3, 32, 1)
    assert shapes["layer14/pointwise_conv/layer14/pointwise_conv/kernel:0"] == (1, 1, 1024, 1024)
    assert shapes["layer14/pointwise_conv/bn/layer14/pointwise_conv/bn/beta:0"] == (1024,)
    assert (shapes["logits/logits/kernel:0"], shapes["logits/logits/bias:0"]) == ((1024, 521), (521,))
    assert len(shapes) == 4 + 13 * 8 + 2
    names = set(Yamnet().state_dict())
    assert {"layer1.fused.conv.weight", "layer1.fused.bn.weight", "layer14.pointwise_conv.bn.running_var"} <= names


def test_both_files_give_the_same_network(tmp_path: Path) -> None:
    published = small()
    write_h5(tmp_path / "yamnet.h5", published)
    torch.save(published.state_dict(), tmp_path / "yamnet.pth")
    first, second = Yamnet(width=0.125), Yamnet(width=0.125)
    load_tensorflow(first, tmp_path / "yamnet.h5")
    load_torch(second, tmp_path / "yamnet.pth")
    wanted = published.state_dict()
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name
        if "num_batches" not in name:
            assert torch.equal(value, wanted[name]), name


def test_what_is_no_yamnet_is_refused(tmp_path: Path) -> None:
    encoder, path = Yamnet(width=0.125), tmp_path / "yamnet.h5"
    with pytest.raises(UserError, match="run `aacbench fetch yamnet`"):
        load_tensorflow(encoder, path)
    path.write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"is no readable \.h5 file"):
        load_tensorflow(encoder, path)
    with h5py.File(path, "w") as file:
        file.create_dataset("dense/kernel:0", data=np.zeros((2, 2)))
    with pytest.raises(UserError, match=r"is no YAMNet: it has no logits/logits/kernel:0 \(and 109 more"):
        load_tensorflow(encoder, path)
    write_h5(path, Yamnet(width=0.25))
    with pytest.raises(UserError, match="has other shapes"):
        load_tensorflow(encoder, path)
    with pytest.raises(UserError, match="1 <= hop <= window"):
        Yamnet(hop=97)
