"""Masks and pooling over valid frames against loops; positions against their formula."""

from __future__ import annotations

import math

import pytest
import torch

from aacbench.models.layers.masks import masked_max, masked_mean, valid
from aacbench.models.layers.positions import sinusoids


def test_pooling_equals_slices() -> None:
    torch.manual_seed(0)
    frames, lengths = torch.randn(4, 9, 3), torch.tensor([9, 1, 4, 7])
    means, peaks = masked_mean(frames, lengths), masked_max(frames, lengths)
    for clip, length in enumerate(lengths.tolist()):
        torch.testing.assert_close(means[clip], frames[clip, :length].mean(0))
        torch.testing.assert_close(peaks[clip], frames[clip, :length].amax(0))


def test_padding_may_hold_anything() -> None:
    frames, lengths = torch.ones(1, 4, 2), torch.tensor([2])
    frames[0, 2:] = torch.tensor(float("nan"))
    assert masked_mean(frames, lengths).tolist() == [[1.0, 1.0]]
    assert masked_max(frames, lengths).tolist() == [[1.0, 1.0]]


def test_valid() -> None:
    assert valid(torch.tensor([0, 2]), 3).tolist() == [[False, False, False], [True, True, False]]


def test_sinusoids_follow_the_formula() -> None:
    table = sinusoids(50, 8)
    for place in (0, 1, 17, 49):
        for index in range(8):
            angle = place / 10000 ** (2 * (index // 2) / 8)
            wanted = math.sin(angle) if index % 2 == 0 else math.cos(angle)
            assert float(table[place, index]) == pytest.approx(wanted, abs=1e-5)
