"""Encoders: from features to frames. Shapes: B clips, T feature frames, F mel bins, D the encoder's width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aacbench.contracts.specs import EncoderSpec, make
from aacbench.types import Encoded

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aacbench.audio import FeatureSettings


class Encoder(Protocol):
    """A `torch.nn.Module` from features to frames. Padding never changes a valid frame.

    `dim` is D, `clip_dim` the width of the clip vector, `reduction` how many feature frames one output frame covers.

    `RunContext.encoder` makes one whenever a method or an objective builds a network, in every process. It is called
    once a batch: in training mode by the losses, in evaluation mode by validation and search.
    """

    dim: int
    clip_dim: int
    reduction: int

    def __call__(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,) into frames (B, T', D), lengths (B,), clip (B, C)."""
        ...


@runtime_checkable
class FrameTiming(Protocol):
    """What an encoder may have besides its contract, or a `CaptioningModel`, where `reduction` says too little.

    Frame k is made from the audio between k * `frame_hop` and k * `frame_hop` + `frame_span` seconds. Where this is
    missing, both are `reduction` hops of the front-end.
    """

    frame_hop: float
    frame_span: float


@runtime_checkable
class MultiLevelEncoder(Protocol):
    """What an encoder may have besides its contract: the outputs of earlier blocks too, for heads that read them.

    `level_dims` are the levels' widths, the last one `dim`.
    """

    level_dims: tuple[int, ...]

    def levels(self, features: Tensor, lengths: Tensor) -> tuple[Encoded, ...]:
        """Encode as the encoder itself does; return its levels from early to late, the usual output last."""
        ...


@runtime_checkable
class HasTaggingHead(Protocol):
    """What an encoder may have besides its contract: a head of its own for audio tagging, with its temporal pooling."""

    def tagging_head(self, classes: int) -> nn.Module:
        """Return a new module from `Encoded` to logits (B, classes)."""
        ...


@runtime_checkable
class TagsClips(Protocol):
    """What an encoder may have besides its contract: the tagging head that it was published with.

    Called by `aacbench tag` on a network in evaluation mode; the weights' `ClassList` names the classes.
    """

    def tag_scores(self, encoded: Encoded) -> Tensor:
        """Return the probability (B, classes) of each class, from what the encoder gave."""
        ...


def make_encoder(spec: EncoderSpec, features: FeatureSettings, **settings: Any) -> Any:
    """Return a new encoder for these features; raises as `make`."""
    front: dict[str, Any] = {"features": features} if spec.waveform else {"mel_bins": features.mel_bins}
    return make(spec, **front, **settings)


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """An encoder by name, with its settings and the front-end whose features it reads."""

    name: str
    features: FeatureSettings
    settings: Mapping[str, Any] = field(default_factory=dict)
