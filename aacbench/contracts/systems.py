"""Trained systems: what captions and what retrieves, and the network that the core trains and searches with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aacbench.audio.feature_source import FeatureSource
from aacbench.contracts.decoders import Decoder
from aacbench.types import Clip, Encoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from aacbench.audio import FeatureSettings


class Captioner(Protocol):
    """A trained system: clips in, one caption each, in order.

    `aacbench.runs.tasks.captioning` calls it in every process with the same chunk of clips after the other;
    `NetworkCaptioner` divides a chunk among the processes, any other captions it in each.
    """

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        """Return one caption per clip."""
        ...


class Retriever(Protocol):
    """A trained retrieval system: clips and texts as vectors whose products are their similarities, at most 1.

    `aacbench.runs.tasks` calls it chunk by chunk and keeps what came in the run's folder.
    """

    def embed_clips(self, clips: Sequence[Clip]) -> NDArray[np.float32]:
        """Return one embedding a clip (N, D), each heard in full."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one embedding a text (N, D)."""
        ...


class CaptioningModel(Protocol):
    """A `torch.nn.Module` that the core trains and searches with: an encoder, a decoder and its own losses."""

    features: FeatureSettings | FeatureSource

    def encode(self, features: Tensor, lengths: Tensor) -> Encoded:
        """Encode features (B, T, F) with valid lengths (B,)."""
        ...

    def losses(self, features: Tensor, lengths: Tensor, tokens: Tensor, clip_of: Tensor) -> Mapping[str, Tensor]:
        """Return named scalar losses of tokens (N, L); row n describes clip `clip_of[n]`. Their sum is minimised."""
        ...

    @property
    def decoder(self) -> Decoder:
        """The decoder that greedy and beam search step through."""
        ...


@runtime_checkable
class TeacherForced(Protocol):
    """What a `CaptioningModel` may have besides its contract, and cross-entropy training then sets.

    `label_smoothing` is the share of the target that is spread over all words, `teacher_forcing_ratio`
    the chance that a step in training is fed the reference's word and not the network's own
    (`EncoderDecoder.decoder_inputs`).
    """

    label_smoothing: float
    teacher_forcing_ratio: float
