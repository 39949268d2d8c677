"""Decoders: from frames and tokens to the next token.

Shapes: B clips, N hypotheses, T frames, L tokens, V words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aacbench.types import Encoded

if TYPE_CHECKING:
    from torch import Tensor


class DecoderState(Protocol):
    """What a decoder carries from step to step for N hypotheses: attention memory, cached keys, hidden vectors."""

    def select(self, rows: Tensor) -> DecoderState:
        """Return the state of the hypotheses at `rows` (M,), in that order; a row may be taken several times."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """What a decoder's state may have besides `select`: the attention of its last step."""

    @property
    def weights(self) -> Tensor:
        """Weights (N, T) over the encoder's frames, each row's sum 1; before the first step all are 0."""
        ...


@dataclass(frozen=True, slots=True)
class WordAttention:
    """Attention over words: token ids (N, M) and weights (N, M), each row's sum 1.

    PAD stands at places without a word, whose weight is 0; BOS stands for a memory's empty first entry.
    """

    tokens: Tensor
    weights: Tensor


@runtime_checkable
class AttendsToWords(Protocol):
    """What a decoder's state may have besides `select`, where the decoder also attends to words."""

    @property
    def word_attention(self) -> Mapping[str, WordAttention]:
        """The last step's attention by stream, such as `keywords` and `previous words`; empty before the first step.

        M may differ from stream to stream, and grow from step to step.
        """
        ...


class Decoder(Protocol):
    """A `torch.nn.Module` from encoded audio and tokens to the next token.

    `forward` and repeated `step` agree: step t given tokens[:, t] returns forward's logits[:, t]. The state is the
    decoder's own kind of `DecoderState`; callers only pass it on and `select` from it.

    `RunContext.decoder` makes one whenever a method builds a network, in every process. Training calls `forward` once
    a batch, with `step` where scheduled sampling or self-critical training asks for words; search calls `start` once a
    batch of clips and then `step` once a word, each process on clips of its own.
    """

    def __call__(self, encoded: Encoded, tokens: Tensor) -> DecoderOutput:
        """Teacher forcing: tokens (B, L) starting with BOS give logits (B, L, V) for the token after each."""
        ...

    def start(self, encoded: Encoded) -> Any:
        """Return the state before the first token, one hypothesis a clip."""
        ...

    def step(self, tokens: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Feed tokens (N,); return logits (N, V) for the next token and the new state."""
        ...


@dataclass(frozen=True, slots=True)
class DecoderOutput:
    """Logits (B, L, V) and the last layer's outputs (B, L, D), which auxiliary losses may read."""

    logits: Tensor
    hidden: Tensor
