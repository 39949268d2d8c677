"""Convolutions on maps whose channels lie side by side give what they give on maps that lie otherwise."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from aacbench.models.encoders import crnn5
from aacbench.models.encoders.cnn10 import Cnn10
from aacbench.models.encoders.cnn14 import Cnn14
from aacbench.models.encoders.crnn5 import Crnn5
from aacbench.models.encoders.resnet38 import ResNet38
from aacbench.models.layers import conv
from aacbench.models.layers.conv import ConvBlock

LENGTHS = torch.tensor([96, 70, 81])


def outcome(encoder: nn.Module) -> list[torch.Tensor]:
    """Return what an encoder gives in training, and the gradients of its weights."""
    torch.manual_seed(1)
    encoded = encoder(torch.randn(3, 96, 64), LENGTHS)
    (encoded.frames.square().mean() + encoded.clip.square().mean()).backward()
    gradients = [weight.grad for weight in encoder.parameters() if weight.grad is not None]
    return [encoded.frames.detach(), encoded.clip.detach(), *gradients]


@pytest.mark.parametrize("network", [Cnn10, Cnn14, Crnn5, ResNet38])
def test_the_layout_changes_no_number(network: type[nn.Module], monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    encoder = network(width=0.05)
    twin = copy.deepcopy(encoder)
    given = outcome(encoder)
    for module in (conv, crnn5):
        monkeypatch.setattr(module, "channels_last", torch.Tensor.contiguous)
    for one, other in zip(given, outcome(twin), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_maps_stay_in_the_layout_between_blocks() -> None:
    block = ConvBlock(4, 8)
    maps, _ = block(torch.randn(3, 4, 96, 16), LENGTHS)
    assert maps.is_contiguous(memory_format=torch.channels_last) and not maps.is_contiguous()


def test_maps_of_one_channel_begin_in_the_layout() -> None:
    block = ConvBlock(1, 8)
    seen = []
    block.conv1.register_forward_hook(lambda module, inputs, maps: seen.append(maps))
    block(torch.randn(3, 1, 96, 16), LENGTHS)
    assert seen[0].is_contiguous(memory_format=torch.channels_last) and not seen[0].is_contiguous()
    narrow = torch.randn(3, 16, 96, 1).permute(0, 3, 2, 1)  # frames and bins the other way round in memory
    torch.testing.assert_close(conv.channels_last(narrow), narrow)
