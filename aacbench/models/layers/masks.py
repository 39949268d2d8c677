"""Which frames are valid, and pooling over those alone."""

from __future__ import annotations

import torch
from torch import Tensor


def valid(lengths: Tensor, size: int) -> Tensor:
    """Return (B, size) booleans, true for the first `lengths[b]` positions."""
    return torch.arange(size, device=lengths.device)[None, :] < lengths[:, None]


def masked_mean(frames: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean (B, D) of frames (B, T, D) over each clip's valid frames."""
    mask = valid(lengths, frames.shape[1])[:, :, None]
    return frames.masked_fill(~mask, 0.0).sum(1) / lengths[:, None].clamp(min=1).to(frames.dtype)


def masked_max(frames: Tensor, lengths: Tensor) -> Tensor:
    """Return the maximum (B, D) of frames (B, T, D) over each clip's valid frames."""
    mask = valid(lengths, frames.shape[1])[:, :, None]
    return frames.masked_fill(~mask, torch.finfo(frames.dtype).min).amax(1)
