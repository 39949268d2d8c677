"""Batch norm over valid frames: against torch's over those frames alone, and in networks under more padding."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from aacbench.audio import front_end
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.crnn5 import Crnn5
from aacbench.models.encoders.resnet38 import ResNet38
from aacbench.models.encoders.wavegram_logmel_cnn14 import WavegramLogmelCnn14
from aacbench.models.layers.norm import StillStatistics, count_padding, masked_norm

LENGTHS = torch.tensor([5, 2, 4])


def layer(kind: type[nn.BatchNorm1d] | type[nn.BatchNorm2d], momentum: float | None = 0.1) -> nn.BatchNorm1d:
    torch.manual_seed(0)
    norm = kind(3, momentum=momentum).double()
    with torch.no_grad():
        norm.weight.uniform_(0.5, 2.0)
        norm.bias.normal_()
    return norm  # type: ignore[return-value]


@pytest.mark.parametrize("momentum", [0.1, None])
def test_equals_torchs_norm_of_the_valid_frames_alone(momentum: float | None) -> None:
    norm, plain = layer(nn.BatchNorm2d, momentum), layer(nn.BatchNorm1d, momentum)
    for _ in range(2):
        maps = (torch.randn(3, 3, 6, 4, dtype=torch.float64) * 2 + 1).requires_grad_()
        slope = torch.randn(3, 3, 6, 4, dtype=torch.float64)
        inside = torch.arange(6)[None] < LENGTHS[:, None]  # (B, T)
        normed = masked_norm(norm, maps, LENGTHS)
        alone = maps.detach().transpose(1, 2)[inside].clone().requires_grad_()  # (N, C, F)
        wanted = plain(alone)
        torch.testing.assert_close(normed.transpose(1, 2)[inside], wanted)
        assert not normed.transpose(1, 2)[~inside].any()
        given = torch.autograd.grad((normed * slope).sum(), [maps, *norm.parameters()])
        needed = torch.autograd.grad((wanted * slope.transpose(1, 2)[inside]).sum(), [alone, *plain.parameters()])
        torch.testing.assert_close(given[0].transpose(1, 2)[inside], needed[0])
        assert not given[0].transpose(1, 2)[~inside].any()
        torch.testing.assert_close(given[1:], needed[1:])
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(norm.state_dict()[name], value)


def test_the_public_codes_way_is_a_setting_and_evaluation_mode_is_torchs() -> None:
    maps = torch.randn(3, 3, 6, 4, dtype=torch.float64)
    norm, plain = layer(nn.BatchNorm2d), layer(nn.BatchNorm2d)
    mask = (torch.arange(6)[None] < LENGTHS[:, None])[:, None, :, None]
    count_padding(norm, True)
    torch.testing.assert_close(masked_norm(norm, maps, LENGTHS), plain(maps) * mask)
    count_padding(norm, False)
    norm.eval()
    plain.eval()
    torch.testing.assert_close(masked_norm(norm, maps, LENGTHS), plain(maps) * mask)


def test_half_precision_is_normed_in_single() -> None:
    norm = layer(nn.BatchNorm2d).float()
    maps = torch.randn(3, 3, 6, 4)
    whole = masked_norm(copy.deepcopy(norm), maps, LENGTHS)
    half = masked_norm(norm, maps.bfloat16(), LENGTHS)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), whole, atol=0.05, rtol=0.05)


def test_what_is_computed_again_moves_no_statistics() -> None:
    norm = layer(nn.BatchNorm2d)
    before = copy.deepcopy(norm.state_dict())
    with StillStatistics(norm):
        masked_norm(norm, torch.randn(3, 3, 6, 4, dtype=torch.float64), LENGTHS)
        norm(torch.randn(3, 3, 6, 4, dtype=torch.float64))
    assert all(torch.equal(value, before[name]) for name, value in norm.state_dict().items())
    norm(torch.randn(3, 3, 6, 4, dtype=torch.float64))
    assert int(norm.num_batches_tracked or 0) == 1


def wavegram(**settings: bool) -> nn.Module:
    features = front_end("panns-waveform", sample_rate=16000, n_fft=512, window=512, hop=128, mel_bins=32, f_max=8000.0)
    return WavegramLogmelCnn14(features, width=0.0625, dropout=0.0, clip_dropout=0.0, **settings)


NETWORKS: dict[str, tuple[Callable[..., nn.Module], int]] = {
    "cnn10": (lambda **how: Cnn10(32, 0.0625, dropout=0.0, clip_dropout=0.0, **how), 32),
    "cnn14": (lambda **how: Cnn14(32, 0.03, dropout=0.0, clip_dropout=0.0, **how), 32),
    "resnet38": (lambda **how: ResNet38(32, 0.03, dropout=0.0, clip_dropout=0.0, **how), 32),
    "crnn5": (lambda **how: Crnn5(64, 0.125, dropout=0.0, **how), 64),
    "wavegram": (wavegram, 128),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_more_padding_changes_nothing_in_training(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs, gradients and running statistics; under `padded_statistics` all of them change."""
    monkeypatch.setattr("aacbench.models.encoders.resnet38.RESIDUAL_DROPOUT", 0.0)
    make, bins = NETWORKS[name]
    clips = [torch.randn(length, bins) for length in (160, 96, 64)]
    lengths = torch.tensor([len(clip) for clip in clips])

    def trained(padding: int, **how: bool) -> tuple[Tensor, nn.Module]:
        torch.manual_seed(0)
        network = make(**how).train()
        batch = torch.stack([F.pad(clip, (0, 0, 0, 160 + padding - len(clip)), value=7.0) for clip in clips])
        clip: Tensor = network(batch, lengths).clip
        clip.square().sum().backward()  # type: ignore[no-untyped-call]
        return clip.detach(), network

    one, first = trained(0)
    other, second = trained(96)
    torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)
    for (key, value), twin in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        torch.testing.assert_close(value, twin, atol=1e-4, rtol=1e-3, msg=key)
    for (key, mine), theirs in zip(first.named_parameters(), second.parameters(), strict=True):
        if mine.grad is not None and theirs.grad is not None:
            scale = float(mine.grad.abs().max()) + 1e-6
            assert float((mine.grad - theirs.grad).abs().max()) < 1e-2 * scale, key
    counted, _ = trained(0, padded_statistics=True)
    padded, _ = trained(96, padded_statistics=True)
    assert float((counted - padded).norm() / counted.norm()) > 0.02
