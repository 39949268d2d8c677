"""Scaled dot-product attention (Vaswani et al. 2017, equation 1); with dropout, a processor takes it step by step.

torch's own has no fast path there for attention that is dropped: it takes the same steps, and draws a random number for
each weight.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.models.layers.dropout import dropout as dropped


def attention(
    queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, causal: bool, dropout: float
) -> Tensor:
    """Attend from queries (N, H, L, d) to keys and values (N, H, S, d); return (N, H, L, d).

    True in `mask`, which broadcasts to (N, H, L, S), may be read; `causal` lets query n read the first n + 1 keys.
    """
    if dropout == 0.0 or queries.device.type != "cpu":
        return F.scaled_dot_product_attention(
            queries, keys, values, attn_mask=mask, dropout_p=dropout, is_causal=causal
        )
    scores = (queries / math.sqrt(queries.shape[-1])) @ keys.transpose(-2, -1)
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = torch.softmax(scores.float(), -1).to(values.dtype)
    return dropped(weights, dropout) @ values
