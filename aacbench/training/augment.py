"""SpecAugment from settings."""

from __future__ import annotations

from aacbench.features.augment import SpecAugment
from aacbench.training.settings import AugmentSettings


def augmentation(settings: AugmentSettings | None) -> SpecAugment | None:
    """Return the augmentation that `settings` describe, or None."""
    return None if settings is None else SpecAugment(**settings.model_dump())
