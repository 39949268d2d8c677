"""Where a network's features come from when they are no front-end's: contracts of what reads clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aacbench.types import Clip

if TYPE_CHECKING:
    from torch import Tensor

    from aacbench.audio.augment import SpecAugment


class FeatureSource(Protocol):
    """Where a `CaptioningModel` gets its features from when they are no front-end's: a frozen encoder, say."""

    def prepare(self, clips: Sequence[Clip], progress: bool = True) -> None:
        """Compute what the clips need and is not yet kept."""
        ...

    def load(self, clip: Clip) -> Tensor:
        """Return the clip's features (T, F), float32, on the CPU; also called in a background thread."""
        ...


@runtime_checkable
class MaskableSource(Protocol):
    """What a `FeatureSource` may have besides its contract, where SpecAugment masks what it reads."""

    def load_masked(self, clip: Clip, augment: SpecAugment, draw: int, keep: bool) -> Tensor:
        """Return the features of the clip masked in a way that `draw` decides; `keep` says to keep them."""
        ...
