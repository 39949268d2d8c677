"""Sinusoidal positions (Vaswani et al. 2017, section 3.5)."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sinusoids(length: int, dim: int) -> Tensor:
    """Return positions (length, dim): sines at even, cosines at odd indices; `dim` is even."""
    position = torch.arange(length, dtype=torch.float32)[:, None]  # (length, 1)
    rate = torch.exp(torch.arange(0, dim, 2, dtype=torch.float32) * (-math.log(10000.0) / dim))  # (dim / 2,)
    table = torch.zeros(length, dim)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)
    return table
