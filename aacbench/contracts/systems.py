"""Trained systems: what captions and what retrieves, and the network that the core trains and searches with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from aacbench.audio.feature_source import FeatureSource
from aacbench.contracts.decoders import Decoder
from aacbench.types import Clip, Encoded, WordSeconds

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


@dataclass(frozen=True, slots=True)
class Account:
    """What captioning some clips came to besides the captions.

    `unanswered` names, by what went wrong, the clips that got no caption: theirs is empty. `remarks` names, by what a
    reader should know, clips that got one. Tokens are those that a server says it read and wrote.
    """

    unanswered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prompt_tokens: int = 0
    answer_tokens: int = 0
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of_all(cls, accounts: Sequence[Account]) -> Account:
        """Return the accounts of several lots of clips as one."""
        return cls(
            _joined([one.unanswered for one in accounts]),
            sum(one.prompt_tokens for one in accounts),
            sum(one.answer_tokens for one in accounts),
            _joined([one.remarks for one in accounts]),
        )


def _joined(lots: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    joined: dict[str, list[str]] = {}
    for lot in lots:
        for why, clips in lot.items():
            joined.setdefault(why, []).extend(clips)
    return joined


@runtime_checkable
class KeepsAccount(Protocol):
    """What a `Captioner` may have besides its contract, where a clip may get no caption, or answers are paid for."""

    def account(self, clips: Sequence[Clip]) -> Account:
        """Return what captioning these clips came to; asked once after `caption` of the same clips, there."""
        ...


@dataclass(frozen=True, slots=True)
class TimedCaption:
    """A caption with when its words were attended to (`types.WordSeconds`), empty where that is not known."""

    text: str
    seconds: WordSeconds = ()


@runtime_checkable
class TimesWords(Protocol):
    """What a `Captioner` may have besides its contract, where it can tell when it attended to what at a word.

    Asked in place of `caption` where it is known when events of the clips are heard.
    """

    def timed_captions(self, clips: Sequence[Clip]) -> list[TimedCaption]:
        """Return the captions that `caption` gives, with the second of the most attention at each word."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkCosts:
    """The size of a trained system, and its multiply-accumulates for a clip of 10 s and for 20 words.

    `parameters` counts all weights, trained here or not. None is unknown.
    """

    parameters: int | None = None
    clip_macs: int | None = None
    words_macs: int | None = None


@runtime_checkable
class MeasuresNetwork(Protocol):
    """What a `Captioner` or `Retriever` may have besides its contract: how large it is and what it computes."""

    def network_costs(self) -> NetworkCosts:
        """Return the costs of one clip of 10 s; asked at most once, before the first clip."""
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


@runtime_checkable
class NamesItself(Protocol):
    """What a `Retriever` has besides its contract, where no stage of the run trained it."""

    @property
    def cache_key(self) -> str:
        """What names its weights and settings: embeddings are kept under it."""
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
