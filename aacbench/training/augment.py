"""SpecAugment from settings: on features, or on what a frozen encoder reads before it gives features."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from aacbench.audio.augment import SpecAugment
from aacbench.contracts import MaskableSource
from aacbench.runtime.seeds import derive
from aacbench.training.settings import AugmentSettings
from aacbench.types import Clip


def augmentation(settings: AugmentSettings | None) -> SpecAugment | None:
    """Return the augmentation that `settings` describe, or None."""
    return None if settings is None else SpecAugment(**settings.model_dump(exclude={"versions"}))


class InputMasks:
    """Which samples of an epoch are masked before a frozen encoder reads them, and how.

    A masked sample's features are those of a version of its clip, a number that decides the masks; one of
    `settings.versions`, which are kept, or else a new one each time.
    """

    def __init__(self, source: MaskableSource, settings: AugmentSettings) -> None:
        self.source, self.settings = source, settings
        self.always = replace(SpecAugment(**settings.model_dump(exclude={"versions"})), probability=1.0)

    def draw(self, count: int, *parts: object) -> list[int | None]:
        """Return the versions of `count` samples, None for one that is left as it is; they depend on `parts` alone."""
        generator = torch.Generator().manual_seed(derive(*parts))
        masked = torch.rand(count, generator=generator) < self.settings.probability
        versions = torch.randint(self.settings.versions or 2**62, (count,), generator=generator)
        return [version if chosen else None for version, chosen in zip(versions.tolist(), masked.tolist(), strict=True)]

    def load(self, clip: Clip, version: int) -> Tensor:
        """Return the features (T, F) of that version of the clip."""
        return self.source.load_masked(clip, self.always, version, keep=self.settings.versions is not None)
