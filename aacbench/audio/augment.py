"""Augmentation of training features (B, T, F) with valid lengths (B,): SpecAugment stripes and mixup.

Random numbers come from a CPU generator, so that a seed gives the same stripes on every device.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from aacbench.errors import UserError


@dataclass(frozen=True)
class SpecAugment:
    """Blanks random stripes of frames and of mel bins (Park et al. 2019, without time warping).

    Attributes:
        time_masks, mel_masks: how many stripes of each kind a clip gets.
        time_width, mel_width: a stripe is 0 to width - 1 frames or bins wide, each as likely (torchlibrosa
        and
            AudioCaption exclude the width itself too).
        time_share: a time stripe covers at most this share of the clip's valid frames.
        probability: the chance that a clip is masked at all.
        fill: "zero", "mean" for the mean of the clip's valid frames over time and bins, or "mix" for half the clip
            and half another clip of the batch in the same place (the mixing of SpecAugment++, Wang et al. 2021).
    """

    time_masks: int = 2
    time_width: int = 64
    mel_masks: int = 2
    mel_width: int = 8
    time_share: float = 1.0
    probability: float = 1.0
    fill: Literal["zero", "mean", "mix"] = "zero"

    def __post_init__(self) -> None:
        if min(self.time_masks, self.mel_masks) < 0 or min(self.time_width, self.mel_width) < 1:
            raise UserError("SpecAugment needs 0 or more masks, of widths of 1 or more")
        if not (0 <= self.probability <= 1 and 0 < self.time_share <= 1):
            raise UserError(
                "SpecAugment needs a probability from 0 to 1 and a time_share above 0, up to 1, "
                f"not {self.probability:g} and {self.time_share:g}"
            )
        if self.fill not in ("zero", "mean", "mix"):
            raise UserError(f"SpecAugment's fill must be 'zero', 'mean' or 'mix', not {self.fill!r}")

    def __call__(
        self,
        features: Tensor,
        lengths: Tensor,
        generator: torch.Generator | None = None,
        among: tuple[int, Tensor] | None = None,
    ) -> Tensor:
        """Return a masked copy of `features` (B, T, F); frames at and beyond `lengths` (B,) stay as they are.

        `generator` is on the CPU; by default the global one is drawn from. With `among`, the clips are those of a
        larger batch from a row on, all of whose lengths are given, and get the masks that they get there; "mix" wants
        the other clips, too, and cannot have it.
        """
        first, whole = (0, lengths) if among is None else among
        rows = slice(first, first + len(features))
        masked, valid = self._masked(whole.cpu(), features.shape[1], features.shape[2], generator)
        filling = self._filling(features, valid[rows], generator)
        return torch.where(masked[rows].to(features.device), filling, features)

    def _masked(
        self, lengths: Tensor, frames: int, bins: int, generator: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """Return what is masked (B, T, F) and which frames are valid (B, T)."""
        batch = len(lengths)
        chosen = torch.rand(batch, generator=generator) < self.probability
        time_limit = torch.minimum(torch.tensor(self.time_width), (lengths * self.time_share).long() + 1)
        time = _stripes(lengths, time_limit, self.time_masks, frames, generator)
        everywhere = torch.full((batch,), bins)
        mel_limit = everywhere.clamp(max=self.mel_width)
        mel = _stripes(everywhere, mel_limit, self.mel_masks, bins, generator)
        valid = torch.arange(frames) < lengths[:, None]  # (B, T)
        return (time[:, :, None] | mel[:, None, :]) & (valid & chosen[:, None])[:, :, None], valid

    def _filling(self, features: Tensor, valid: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return what stripes hold: (B, T, F), (B, 1, 1) or a scalar."""
        if self.fill == "zero":
            return features.new_zeros(())
        if self.fill == "mix":  # where the other clip has ended, the clip stays as it is
            other = torch.randperm(len(features), generator=generator)
            there = valid[other].to(features.device)[:, :, None]
            return torch.where(there, (features + features[other.to(features.device)]) / 2, features)
        weights = valid.to(features.device)[:, :, None]  # (B, T, 1)
        total = torch.where(weights, features, 0.0).sum(dim=(1, 2), keepdim=True)
        return total / (weights.sum(dim=(1, 2), keepdim=True).clamp(min=1) * features.shape[2])


def _stripes(sizes: Tensor, limits: Tensor, count: int, length: int, generator: torch.Generator | None) -> Tensor:
    """Return (B, length), true in `count` stripes, narrower than `limits` (B,), in the first `sizes` (B,)."""
    width = (torch.rand(len(sizes), count, generator=generator) * limits[:, None]).long()  # (B, count)
    free = (sizes[:, None] - width).clamp(min=0) + 1
    start = (torch.rand(len(sizes), count, generator=generator) * free).long()
    position = torch.arange(length)
    inside = (position >= start[:, :, None]) & (position < (start + width)[:, :, None])  # (B, count, length)
    return inside.any(dim=1)


def mixup(
    features: Tensor,
    labels: Tensor,
    alpha: float,
    generator: torch.Generator | None = None,
    lengths: Tensor | None = None,
    separate: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return features (B, T, F) and labels (B, ...), each mixed with those of another clip of the batch.

    Clip b becomes w * b + (1 - w) * partner, w drawn from Beta(alpha, alpha) for each clip, for features and
    labels alike (Zhang et al. 2018). With `lengths` (B,), frames that are padding in either clip stay as they
    are, so that the lengths hold as they were. `separate` draws other weights for the labels than for the features.

    Raises:
        UserError: alpha is not above 0.
    """
    if alpha <= 0:
        raise UserError(f"mixup needs an alpha above 0, not {alpha:g}; leave mixup out to train without it")
    batch = len(features)
    partner = torch.randperm(batch, generator=generator)
    # torch draws Beta from its global generator only
    seed = int(torch.randint(2**62, (), generator=generator))
    drawn = np.random.default_rng(seed).beta(alpha, alpha, (2, batch) if separate else (1, batch))
    weight = torch.from_numpy(drawn[0]).to(features)[:, None, None]  # (B, 1, 1)
    partner = partner.to(features.device)
    mixed = weight * features + (1 - weight) * features[partner]
    if lengths is not None:
        both = torch.minimum(lengths.to(features.device), lengths.to(features.device)[partner])
        valid = torch.arange(features.shape[1], device=features.device) < both[:, None]  # (B, T)
        mixed = torch.where(valid[:, :, None], mixed, features)
    label_weight = torch.from_numpy(drawn[-1]).to(features).reshape(batch, *[1] * (labels.ndim - 1)).to(labels.device)
    floating = labels if labels.is_floating_point() else labels.to(features.dtype)
    return mixed, label_weight * floating + (1 - label_weight) * floating[partner.to(labels.device)]
