"""Overlapping windows of a clip's features, their vectors as the clip's frames, parts of a batch as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from aacbench.models.layers.masks import valid
from aacbench.types import Encoded


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


def joined_parts(parts: Sequence[Encoded]) -> Encoded:
    """Return the clips of several parts of a batch as one, padded to the longest."""
    longest = max(part.frames.shape[1] for part in parts)
    frames = [F.pad(part.frames, (0, 0, 0, longest - part.frames.shape[1])) for part in parts]
    words = [part.words for part in parts if part.words is not None]
    return Encoded(
        torch.cat(frames),
        torch.cat([part.lengths for part in parts]),
        torch.cat([part.clip for part in parts]),
        torch.cat(words) if words else None,
    )
