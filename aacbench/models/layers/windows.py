"""Overlapping windows of a clip's features, and vectors of windows as the frames of the clip."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.models.layers.masks import valid


def windows(features: Tensor, lengths: Tensor, size: int, hop: int, fill: float = 0.0) -> tuple[Tensor, Tensor]:
    """Cut features (B, T, F) with valid lengths (B,) into windows (N, size, F); N is the sum of the counts (B,).

    A clip has 1 + ceil((length - size) / hop) windows, at least one, so that every frame is in one; what a window
    reaches beyond the clip's end is `fill`.
    """
    counts = 1 + -(-(lengths - size).clamp(min=0) // hop)
    most = int(counts.max())
    total = size + (most - 1) * hop
    features = F.pad(features, (0, 0, 0, max(0, total - features.shape[1])))[:, :total]
    features = features.masked_fill(~valid(lengths, total)[:, :, None], fill)
    cut = features.unfold(1, size, hop).transpose(2, 3)  # (B, most, size, F)
    return cut[valid(counts, most)], counts


def joined(vectors: Tensor, counts: Tensor) -> Tensor:
    """Return vectors (N, D) of the windows as frames (B, T', D), zero beyond each clip's count (B,)."""
    mask = valid(counts, int(counts.max()))
    frames = vectors.new_zeros(*mask.shape, vectors.shape[1])
    return torch.masked_scatter(frames, mask[:, :, None], vectors)
