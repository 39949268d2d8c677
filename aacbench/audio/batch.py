"""Features of several clips in one tensor, and excerpts of features. F mel bins, T frames, B clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from aacbench.errors import UserError


def pad(features: Sequence[Tensor], at: Literal["end", "start"] = "end", value: float = 0.0) -> tuple[Tensor, Tensor]:
    """Return a batch (B, T, F) of features (T_b, F), filled up with `value`, and lengths (B,).

    The lengths are int64 on the CPU; with `at="start"` a clip's valid frames are its last ones.

    Raises:
        UserError: there are no features, or their mel bins differ.
    """
    if not features:
        raise UserError("a batch needs the features of at least one clip")
    bins = sorted({one.shape[1] for one in features})
    if len(bins) > 1:
        raise UserError(f"features of one batch must have the same mel bins, not {bins}")
    lengths = torch.tensor([len(one) for one in features])
    batch = features[0].new_full((len(features), int(lengths.max()), bins[0]), value)  # (B, T, F)
    for row, one in zip(batch, features, strict=True):
        if at == "end":
            row[: len(one)] = one
        else:
            row[len(row) - len(one) :] = one
    return batch, lengths


def crop(features: Tensor, seconds: float, hop_seconds: float, start: float = 0.0) -> Tensor:
    """Return the frames (T', F) of `seconds` from `start` on: fewer, but at least one, at the clip's end."""
    wanted = _frames(seconds, hop_seconds)
    first = min(round(start / hop_seconds), len(features) - 1)
    return features[first : first + wanted]


def random_crop(
    features: Tensor, seconds: float, hop_seconds: float, generator: torch.Generator | None = None
) -> Tensor:
    """Return `seconds` of the features (T, F) from a place drawn evenly; all of a clip that is shorter.

    One number is drawn in either case, so that one clip's length does not change what later clips draw.
    """
    draw = float(torch.rand((), generator=generator, dtype=torch.float64))
    wanted = _frames(seconds, hop_seconds)
    first = int(draw * (max(0, len(features) - wanted) + 1))
    return features[first : first + wanted]


def _frames(seconds: float, hop_seconds: float) -> int:
    if seconds <= 0:
        raise UserError(f"an excerpt must be longer than 0 seconds, not {seconds:g}")
    return max(1, round(seconds / hop_seconds))
