"""CRNN5: parameter counts, sizes, LP pooling and linear softmax against loops, an independent pass."""

from __future__ import annotations

from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.errors import UserError
from aacbench.models.encoders.crnn5 import Crnn5, LinearSoftmaxHead, linear_softmax, lp_pool
from aacbench.types import Encoded


def count(module: Any) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_parameter_counts_are_those_of_the_public_network() -> None:
    encoder = Crnn5()
    assert count(encoder.convolutions) == 480_354
    assert count(encoder.gru) == 198_144
    assert count(encoder) == 480_354 + 198_144
    assert (encoder.dim, encoder.clip_dim, encoder.reduction) == (256, 256, 4)


@pytest.mark.parametrize(("frames", "steps"), [(501, 125), (751, 187), (1001, 250), (1501, 375), (7, 1), (2, 1)])
@torch.no_grad()
def test_output_lengths(frames: int, steps: int) -> None:
    encoded = Crnn5(width=0.125).eval()(torch.zeros(1, frames, 64), torch.tensor([frames]))
    assert encoded.frames.shape == (1, steps, 32)
    assert encoded.lengths.tolist() == [steps]


def test_lp_pooling_is_the_sum_form() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 5, 8)
    pooled = lp_pool(maps, (2, 4))
    assert pooled.shape == (2, 3, 2, 2)
    for clip, channel, row, column in torch.cartesian_prod(*map(torch.arange, pooled.shape)).tolist():
        window = maps[clip, channel, 2 * row : 2 * row + 2, 4 * column : 4 * column + 4].flatten().tolist()
        assert float(pooled[clip, channel, row, column]) == pytest.approx(sum(x**4 for x in window) ** 0.25, rel=1e-5)


def test_lp_pooling_of_silence_has_a_gradient() -> None:
    maps = torch.zeros(1, 1, 4, 4)
    maps[0, 0, :2] = 0.5
    maps.requires_grad_()
    pooled = lp_pool(maps, (2, 4))
    assert float(pooled[0, 0, 1, 0].detach()) == 0.0
    pooled.sum().backward()  # type: ignore[no-untyped-call]
    assert maps.grad is not None
    assert torch.isfinite(maps.grad).all()
    assert float(maps.grad[0, 0, 0, 0]) == pytest.approx(8**-0.75, rel=1e-5)


@torch.no_grad()
def test_linear_softmax_equals_a_loop_and_its_head_gives_logits() -> None:
    torch.manual_seed(1)
    probabilities, lengths = torch.rand(3, 6, 4), torch.tensor([6, 2, 4])
    pooled = linear_softmax(probabilities, lengths)
    for clip, length in enumerate(lengths.tolist()):
        for label in range(4):
            column = probabilities[clip, :length, label].tolist()
            assert float(pooled[clip, label]) == pytest.approx(sum(p * p for p in column) / sum(column), rel=1e-5)
    head = LinearSoftmaxHead(5, 4)
    frames = torch.randn(3, 6, 5)
    logits = head(Encoded(frames, lengths, torch.zeros(3, 5)))
    wanted = linear_softmax(torch.sigmoid(head.linear(frames)), lengths)
    torch.testing.assert_close(torch.sigmoid(logits), wanted, atol=1e-6, rtol=1e-5)
    head.linear.bias.fill_(200.0)
    assert torch.isfinite(head(Encoded(frames, lengths, torch.zeros(3, 5)))).all()


def trained(width: float = 0.25) -> Crnn5:
    """A network whose batch-norm statistics are not 0 and 1."""
    torch.manual_seed(2)
    encoder = Crnn5(width=width).train()
    with torch.no_grad():
        encoder(3 * torch.randn(4, 64, 64) - 1, torch.tensor([64] * 4))
    return encoder.eval()


@torch.no_grad()
def test_equals_an_independent_forward_pass() -> None:
    encoder = trained()
    weights = encoder.state_dict()
    features = torch.randn(2, 32, 64)
    x = features[:, None]
    for place, pool in enumerate(((2, 4), None, (2, 4), None, (1, 4))):
        names = ("running_mean", "running_var", "weight", "bias")
        norm: tuple[Tensor, ...] = tuple(weights[f"convolutions.{place}.bn.{name}"] for name in names)
        x = F.batch_norm(x, norm[0], norm[1], norm[2], norm[3])
        x = F.leaky_relu(F.conv2d(x, weights[f"convolutions.{place}.conv.weight"], padding=1), 0.1)
        if pool:
            x = F.lp_pool2d(x.abs(), 4.0, pool)
    frames = cast(Any, encoder.gru)(x[..., 0].transpose(1, 2))[0]
    encoded = encoder(features, torch.tensor([32, 32]))
    torch.testing.assert_close(encoded.frames, frames, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(encoded.clip, frames.mean(1), atol=1e-5, rtol=1e-4)


def test_other_mel_bins_are_refused() -> None:
    with pytest.raises(UserError, match="multiple of that, not 40"):
        Crnn5(mel_bins=40)
    assert Crnn5(mel_bins=128, width=0.125).gru.input_size == 32
