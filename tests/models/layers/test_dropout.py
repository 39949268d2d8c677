"""Dropout: shares, scale, layout and gradient; what networks trained on a processor use it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aacbench.models.layers.dropout import Dropout, dropout, exchange_dropout


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.9])
def test_drops_a_share_and_keeps_the_mean(share: float) -> None:
    torch.manual_seed(0)
    values = torch.ones(1_000_000)
    dropped = dropout(values, share)
    gone = (dropped == 0).float().mean().item()
    assert abs(gone - share) < 5 * (share * (1 - share) / len(values)) ** 0.5
    assert abs(dropped.mean().item() - 1) < 5 * (share / (1 - share) / len(values)) ** 0.5
    assert len(set(dropped.tolist())) == 2
    torch.testing.assert_close(dropped.max().item(), 1 / (1 - share), rtol=1e-4, atol=0)


def test_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(0)
    gone = (dropout(torch.ones(400_000), 0.5) == 0).float().view(-1, 8)
    correlations = torch.corrcoef(gone.T) - torch.eye(8)
    assert correlations.abs().max() < 5 / len(gone) ** 0.5


def test_nothing_is_dropped_in_evaluation_or_of_a_share_of_zero_and_all_of_one() -> None:
    values = torch.randn(5, 3)
    assert dropout(values, 0.5, training=False) is values
    assert dropout(values, 0.0) is values
    assert not dropout(values, 1.0).any()
    assert dropout(torch.empty(0, 4), 0.5).shape == (0, 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_layout_and_type_stay_and_the_gradient_is_the_mask(dtype: torch.dtype) -> None:
    maps = torch.ones(2, 3, 5, 4, dtype=dtype).contiguous(memory_format=torch.channels_last).requires_grad_()
    dropped = dropout(maps, 0.3)
    assert dropped.dtype == dtype and dropped.is_contiguous(memory_format=torch.channels_last)
    (gradient,) = torch.autograd.grad(dropped.sum(), maps)
    assert torch.equal(gradient, dropped)


@pytest.mark.parametrize("values", [torch.ones(7, 9)[:, ::2], torch.ones(1, 5).expand(4, 5)])
def test_values_with_gaps_or_repeated_are_taken(values: torch.Tensor) -> None:
    torch.manual_seed(0)
    dropped = dropout(values, 0.5)
    assert dropped.shape == values.shape and 0 < (dropped == 0).float().mean() < 1


def test_a_seed_gives_the_same_twice() -> None:
    draws = []
    for _ in range(2):
        torch.manual_seed(3)
        draws.append(dropout(torch.ones(999), 0.4))
    assert torch.equal(*draws)


def test_all_plain_layers_of_a_network_are_exchanged() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, 0.25)
    network = nn.Sequential(nn.Dropout(0.1), layer, nn.Dropout(0.3, inplace=True), nn.Dropout1d(0.2))
    names = list(network.state_dict())
    network[0].eval()
    exchange_dropout(network)
    assert type(network[0]) is Dropout and network[0].p == 0.1 and not network[0].training
    assert all(type(part) is Dropout and part.p == 0.25 for part in (layer.dropout, layer.dropout1, layer.dropout2))
    assert type(network[2]) is nn.Dropout and type(network[3]) is nn.Dropout1d
    assert list(network.state_dict()) == names
