"""Attention step by step gives what torch's gives, and with dropout its mean is that."""

from __future__ import annotations

import pytest
import torch

from aacbench.models.layers import attention as steps
from aacbench.models.layers.attention import attention

SHAPE = (3, 2, 5, 4)


@pytest.mark.parametrize("causal", [False, True])
def test_what_nothing_is_dropped_of_equals_torchs(causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    queries, keys, values = (torch.randn(SHAPE, dtype=torch.float64, requires_grad=True) for _ in range(3))
    mask = None if causal else (torch.arange(5)[None] < torch.tensor([5, 2, 4])[:, None])[:, None, None, :]
    monkeypatch.setattr(steps, "dropped", lambda weights, share: weights)
    own = attention(queries, keys, values, mask, causal, 0.5)
    wanted = attention(queries, keys, values, mask, causal, 0.0)
    torch.testing.assert_close(own, wanted, rtol=1e-6, atol=1e-6)
    slope = torch.randn(SHAPE, dtype=torch.float64)
    for one, other in zip(
        *(torch.autograd.grad((heads * slope).sum(), [queries, keys, values]) for heads in (own, wanted)), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_the_mean_over_many_draws_is_attention_without_dropout() -> None:
    torch.manual_seed(0)
    queries, keys, values = (torch.randn(SHAPE) for _ in range(3))
    asked, read, given = (tensor.repeat(4000, 1, 1, 1) for tensor in (queries, keys, values))
    drawn = attention(asked, read, given, None, True, 0.2).view(4000, *SHAPE)
    wanted = attention(queries, keys, values, None, True, 0.0)
    assert not torch.equal(drawn[0], wanted)
    torch.testing.assert_close(drawn.mean(0), wanted, rtol=0, atol=0.06)
