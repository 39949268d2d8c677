"""Encoders: from features to frames. Shapes: B clips, T feature frames, F mel bins, D the encoder's width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from aacbench.contracts.factory import Factory, make
from aacbench.types import Encoded

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aacbench.features import FeatureSettings


class Encoder(Protocol):
    """A `torch.nn.Module` from features to frames. Padding never changes a valid frame.

    `dim` is D, `clip_dim` the width of the clip vector, `reduction` how many feature frames one output frame covers.
    """

    dim: int
    clip_dim: int
    reduction: int

    def __call__(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,) into frames (B, T', D), lengths (B,), clip (B, C)."""
        ...


@runtime_checkable
class Timed(Protocol):
    """What an encoder may have besides its contract, or a `CaptioningModel`, where `reduction` says too little.

    Frame k is made from the audio between k * `frame_hop` and k * `frame_hop` + `frame_span` seconds. Where this is
    missing, both are `reduction` hops of the front-end.
    """

    frame_hop: float
    frame_span: float


@runtime_checkable
class Levelled(Protocol):
    """What an encoder may have besides its contract: the outputs of earlier blocks too, for heads that read them.

    `level_dims` are the levels' widths, the last one `dim`.
    """

    level_dims: tuple[int, ...]

    def levels(self, features: Tensor, lengths: Tensor) -> tuple[Encoded, ...]:
        """Encode as the encoder itself does; return its levels from early to late, the usual output last."""
        ...


@runtime_checkable
class TagsItself(Protocol):
    """What an encoder may have besides its contract: a head of its own for audio tagging, with its temporal pooling."""

    def tagging_head(self, classes: int) -> nn.Module:
        """Return a new module from `Encoded` to logits (B, classes)."""
        ...


@dataclass(frozen=True)
class PublishedWeights:
    """Weights on the web: `aacbench fetch NAME` gets them, `load(encoder, path)` puts them into the network."""

    name: str
    url: str
    load: Factory
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class EncoderSpec:
    """`factory(mel_bins: int, **settings) -> Encoder`; `features` are the front-end its published weights expect.

    `small` are settings, and `small_features` changes to `features`, with which it trains in minutes on two cores:
    what `aacbench.testing` and the presets `smoke` and `quick` of `seq2seq` use. One that is `waveform` reads features
    of that kind and is made by `factory(features: FeatureSettings, **settings)`.
    """

    kind: ClassVar[str] = "encoder"
    name: str
    summary: str
    factory: Factory
    features: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[PublishedWeights, ...] = ()
    small: Mapping[str, Any] = field(default_factory=dict)
    small_features: Mapping[str, Any] = field(default_factory=dict)
    waveform: bool = False


def make_encoder(spec: EncoderSpec, features: FeatureSettings, **settings: Any) -> Any:
    """Return a new encoder for these features; raises as `make`."""
    front: dict[str, Any] = {"features": features} if spec.waveform else {"mel_bins": features.mel_bins}
    return make(spec, **front, **settings)
