"""CNN14 and Wavegram-Logmel-CNN14: published keys and counts, loading, lengths, padding, independent forward passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import front_end
from aacbench.audio.logmel import extract
from aacbench.errors import UserError
from aacbench.models.encoders.cnn10 import load_panns
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.wavegram_logmel_cnn14 import WavegramLogmelCnn14
from aacbench.models.layers.logmel import LogMel

Shapes = dict[str, tuple[int, ...]]
FRONT_END: Shapes = {
    "spectrogram_extractor.stft.conv_real.weight": (513, 1, 1024),
    "spectrogram_extractor.stft.conv_imag.weight": (513, 1, 1024),
    "logmel_extractor.melW": (513, 64),
}
SMALL = front_end("panns-waveform", sample_rate=16000, window=512, n_fft=512, hop=320, f_max=8000.0)


def batch_norm(prefix: str, size: int) -> Shapes:
    names = ("weight", "bias", "running_mean", "running_var")
    return {**{f"{prefix}.{name}": (size,) for name in names}, f"{prefix}.num_batches_tracked": ()}


def block(prefix: str, before: int, size: int, kernel: tuple[int, ...]) -> Shapes:
    convolutions = {f"{prefix}.conv1.weight": (size, before, *kernel), f"{prefix}.conv2.weight": (size, size, *kernel)}
    return {**convolutions, **batch_norm(f"{prefix}.bn1", size), **batch_norm(f"{prefix}.bn2", size)}


def published(wavegram: bool) -> Shapes:
    """The keys under `model` of the published file, with their shapes."""
    shapes: Shapes = {**FRONT_END, **batch_norm("bn0", 64)}
    befores = (1, 128 if wavegram else 64, 128, 256, 512, 1024)
    for place, (before, size) in enumerate(zip(befores, (64, 128, 256, 512, 1024, 2048), strict=True), 1):
        shapes |= block(f"conv_block{place}", before, size, (3, 3))
    shapes |= {"fc1.weight": (2048, 2048), "fc1.bias": (2048,)}
    shapes |= {"fc_audioset.weight": (527, 2048), "fc_audioset.bias": (527,)}
    if wavegram:
        shapes |= {"pre_conv0.weight": (64, 1, 11), **batch_norm("pre_bn0", 64)}
        for place, (before, size) in enumerate(((64, 64), (64, 128), (128, 128)), 1):
            shapes |= block(f"pre_block{place}", before, size, (3,))
        shapes |= block("pre_block4", 4, 64, (3, 3))
    return shapes


@pytest.mark.parametrize(
    ("kind", "wavegram", "keys", "count"),
    [(Cnn14, False, 84, 80_753_615), (WavegramLogmelCnn14, True, 138, 81_065_487)],
)
def test_keys_shapes_and_counts_are_the_published_ones(kind: Any, wavegram: bool, keys: int, count: int) -> None:
    with torch.device("meta"):
        network = kind() if kind is Cnn14 else None
    network = network or kind()  # the log-mel constants are made on the CPU
    shapes = published(wavegram)
    assert len(shapes) == keys
    own = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    assert own == {name: shape for name, shape in shapes.items() if name not in FRONT_END}
    assert sum(parameter.numel() for parameter in network.parameters()) == count


@pytest.mark.parametrize("kind", [Cnn14, WavegramLogmelCnn14])
def test_checkpoints_of_the_published_form_load(kind: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, target = kind(width=0.03125), kind(width=0.03125)
    stored = {**source.state_dict(), **{name: torch.zeros(shape) for name, shape in FRONT_END.items()}}
    torch.save({"iteration": 600_000, "model": stored}, tmp_path / "weights.pth")
    load_panns(target, tmp_path / "weights.pth")
    for name, tensor in target.state_dict().items():
        torch.testing.assert_close(tensor, stored[name])
    with pytest.raises(UserError, match="has other shapes"):
        load_panns(kind(width=0.0625), tmp_path / "weights.pth")


def trained(network: nn.Module, *inputs: Tensor) -> nn.Module:
    """Give batch norm statistics other than 0 and 1."""
    network.train()
    network(*inputs)
    return network.eval()


@pytest.mark.parametrize(("frames", "steps"), [(1001, 31), (1501, 46), (2001, 62), (3001, 93), (20, 1)])
@torch.no_grad()
def test_output_lengths(frames: int, steps: int) -> None:
    encoded = Cnn14(width=0.01).eval()(torch.zeros(1, frames, 64), torch.tensor([frames]))
    assert encoded.frames.shape == (1, steps, 20)
    samples = (frames - 1) * 320  # whole hops: PANNs' front-end has one frame more
    features = extract(torch.zeros(max(1, samples)), SMALL)[None]
    encoded = WavegramLogmelCnn14(SMALL, width=0.01).eval()(features, torch.tensor([features.shape[1]]))
    assert encoded.frames.shape == (1, steps, 20)


@torch.no_grad()
def test_padding_never_changes_a_valid_frame() -> None:
    torch.manual_seed(3)
    for network, width in ((Cnn14(width=0.03125), 64), (WavegramLogmelCnn14(SMALL, width=0.03125), 320)):
        trained(network, torch.randn(3, 96, width), torch.tensor([96, 96, 96]))
        clips = [torch.randn(length, width) for length in (131, 97, 64, 33, 5)]
        lengths = torch.tensor([len(clip) for clip in clips])
        padded = torch.stack([F.pad(clip, (0, 0, 0, 140 - len(clip)), value=9.0) for clip in clips])
        together = network(padded, lengths)
        for place, clip in enumerate(clips):
            alone = network(clip[None], lengths[place : place + 1])
            steps = int(alone.lengths)
            assert int(together.lengths[place]) == steps == max(1, len(clip) // 32)
            torch.testing.assert_close(together.frames[place, :steps], alone.frames[0], atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(together.clip[place], alone.clip[0], atol=1e-5, rtol=1e-4)


class Functional:
    """The networks written out with functional calls on the same weights, for one clip without padding."""

    def __init__(self, network: nn.Module) -> None:
        self.weights = network.state_dict()

    def norm(self, x: Tensor, prefix: str) -> Tensor:
        names = ("running_mean", "running_var", "weight", "bias")
        return F.batch_norm(x, *(self.weights[f"{prefix}.{name}"] for name in names))

    def block(self, x: Tensor, name: str) -> Tensor:
        for place in (1, 2):
            x = F.conv2d(x, self.weights[f"{name}.conv{place}.weight"], padding=1)
            x = F.relu(self.norm(x, f"{name}.bn{place}"))
        return x

    def first(self, mel: Tensor) -> Tensor:
        x = self.norm(mel.transpose(1, 2), "bn0").transpose(1, 2)[:, None]
        return F.avg_pool2d(self.block(x, "conv_block1"), 2)

    def rest(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for place in range(2, 6):
            x = F.avg_pool2d(self.block(x, f"conv_block{place}"), 2)
        frames = self.block(x, "conv_block6").mean(3)
        pooled = frames.amax(2) + frames.mean(2)
        return frames.transpose(1, 2), F.relu(F.linear(pooled, self.weights["fc1.weight"], self.weights["fc1.bias"]))

    def wave(self, samples: Tensor, stride: int, groups: int) -> Tensor:
        x = F.conv1d(samples[:, None], self.weights["pre_conv0.weight"], stride=stride, padding=5)
        x = F.relu(self.norm(x, "pre_bn0"))
        for name in ("pre_block1", "pre_block2", "pre_block3"):
            for place, dilation in ((1, 1), (2, 2)):
                weight = self.weights[f"{name}.conv{place}.weight"]
                x = F.relu(self.norm(F.conv1d(x, weight, padding=dilation, dilation=dilation), f"{name}.bn{place}"))
            x = F.max_pool1d(x, 4)
        x = x.reshape(len(x), groups, -1, x.shape[2]).transpose(2, 3)
        return F.avg_pool2d(self.block(x, "pre_block4"), (2, 1))


@torch.no_grad()
def test_cnn14_equals_an_independent_forward_pass() -> None:
    torch.manual_seed(4)
    features, lengths = torch.randn(2, 128, 64), torch.tensor([128, 128])
    network = trained(Cnn14(width=0.03125), features, lengths)
    direct = Functional(network)
    frames, clip = direct.rest(direct.first(features))
    encoded = network(features, lengths)
    torch.testing.assert_close(encoded.frames, frames, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(encoded.clip, clip, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("hops", "hop"), [(128, 320), (129, 320), (96, 512)])
@torch.no_grad()
def test_wavegram_equals_an_independent_forward_pass_and_crops_to_the_shorter(hops: int, hop: int) -> None:
    torch.manual_seed(5)
    settings = front_end("panns-waveform", sample_rate=16000, window=512, n_fft=512, hop=hop, f_max=8000.0)
    samples, lengths = torch.randn(2, hops, hop), torch.tensor([hops, hops])
    network = trained(WavegramLogmelCnn14(settings, width=0.5), samples, lengths)
    direct = Functional(network)
    log_mel = front_end("panns", sample_rate=16000, window=512, n_fft=512, hop=hop, f_max=8000.0)
    mel = torch.stack([extract(clip.flatten(), log_mel) for clip in samples])
    left, right = direct.first(mel), direct.wave(samples.flatten(1), hop // 64, 2)
    assert left.shape[2] - right.shape[2] == hops % 2  # the trap: an odd number of hops gives one column more
    frames, clip = direct.rest(torch.cat([left[:, :, : right.shape[2]], right], 1))
    encoded = network(samples, lengths)
    torch.testing.assert_close(encoded.frames, frames, atol=2e-4, rtol=1e-3)
    torch.testing.assert_close(encoded.clip, clip, atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize("changes", [{}, {"power": 1.0, "log": "ln"}, {"pad_mode": "constant"}, {"window": 400}])
def test_log_mel_in_the_network_equals_the_features(changes: dict[str, Any]) -> None:
    torch.manual_seed(6)
    settings = front_end("panns-waveform", **{"window": 1024, **changes})
    clips = [0.3 * torch.randn(hops * settings.hop) for hops in (20, 13, 9)]
    batch = torch.zeros(3, 20, settings.hop)
    for row, clip in zip(batch, clips, strict=True):
        row.view(-1)[: len(clip)] = clip
    network = LogMel(settings)
    found, lengths = network(batch, torch.tensor([20, 13, 9]))
    assert lengths.tolist() == [21, 14, 10]
    assert not network.state_dict()
    wanted = front_end("panns", **{"window": 1024, **changes})
    for row, length, clip in zip(found, lengths, clips, strict=True):
        torch.testing.assert_close(row[: int(length)], extract(clip, wanted), atol=2e-3, rtol=1e-4)
        assert not row[int(length) :].any()


@pytest.mark.parametrize(
    "settings", [front_end("panns"), front_end("panns-waveform", hop=300), front_end("panns-waveform", mel_bins=63)]
)
def test_features_that_do_not_fit_are_refused(settings: Any) -> None:
    with pytest.raises(UserError, match=r"reads waveforms with a hop .*front_end=panns-waveform"):
        WavegramLogmelCnn14(settings)


def test_waveform_features_are_the_samples() -> None:
    settings = front_end("panns-waveform", hop=64)
    samples = torch.arange(200.0)
    features = extract(samples, settings)
    assert features.shape == (4, 64) == (settings.frames(200), settings.width)
    assert torch.equal(features.flatten()[:200], samples)
    assert not features.flatten()[200:].any()
    assert extract(samples[:10], settings).flatten().tolist() == [*range(10), *[0] * 54]
    with pytest.raises(UserError, match="no patch"):
        front_end("panns-waveform", normalise_peak=True)
