"""What a decoder attended to, word by word, for decoders whose state says so (`contracts.Attentive`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aacbench.contracts import AttendsToWords, Decoder
from aacbench.errors import UserError
from aacbench.inference.attended import forced_states, frame_times
from aacbench.inference.captioner import NetworkCaptioner
from aacbench.inference.search import search
from aacbench.text.vocabulary import BOS, EOS, PAD
from aacbench.types import Clip, Encoded

FloatArray = NDArray[np.float64]
ATTENTIVE = ("gru-attention", "lstm-attention", "multimodal-lstm", "transformer")
END = "<end>"


@dataclass(frozen=True)
class WordStream:
    """Attention over words when each of L words was predicted: `words[l]` with weights `weights[l]`."""

    words: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class CaptionAttention:
    """A clip's caption with what was attended to: weights (L, T) over T frames, L words, the end among them.

    Frame k is made from the audio between `spans[k]` (T, 2), in seconds. `streams` is attention over words, by name.
    """

    words: tuple[str, ...]
    weights: FloatArray
    spans: FloatArray
    streams: dict[str, WordStream] = field(default_factory=dict)

    @property
    def caption(self) -> str:
        """The words without the end."""
        return " ".join(word for word in self.words if word != END)


@torch.no_grad()
def word_attention(decoder: Decoder, encoded: Encoded, tokens: Tensor) -> Tensor:
    """Return attention (B, L, T): row l is what the frames weighed when the token after tokens[:, l] was predicted.

    Tokens (B, L) begin with BOS, one row a clip; the decoder should be in evaluation mode.

    Raises:
        UserError: the decoder's state does not say what it attended to.
    """
    return torch.stack([state.weights for state in _states(decoder, encoded, tokens)], 1)


@torch.no_grad()
def caption_attention(captioner: NetworkCaptioner, clips: Sequence[Clip]) -> list[CaptionAttention]:
    """Caption the clips, one by one, as the captioner would, and return what each word attended to.

    Raises:
        UserError: the decoder's state does not say what it attended to.
    """
    captioner.features.prepare(clips, progress=False)
    return [_attention(captioner, clip) for clip in clips]


def _states(decoder: Decoder, encoded: Encoded, tokens: Tensor) -> list[Any]:
    """Return the state after each token, all of which say what they attended to."""
    states = forced_states(decoder, encoded, tokens)
    if states is None:
        names = ", ".join(ATTENTIVE)
        raise UserError(f"{type(decoder).__name__} does not say what it attends to; these decoders do: {names}")
    return [*states]


def _attention(captioner: NetworkCaptioner, clip: Clip) -> CaptionAttention:
    features = captioner.features.load(clip)
    lengths = torch.tensor([len(features)], device=captioner.device)
    encoded = captioner.model.encode(features[None].to(captioner.device), lengths)
    (ids,), _ = search(captioner.model.decoder, encoded, captioner.settings)
    tokens = torch.tensor([[BOS, *ids]], device=captioner.device)
    states = _states(captioner.model.decoder, encoded, tokens)
    listed = captioner.vocabulary.words
    frames = int(encoded.lengths[0])
    hop, span = frame_times(captioner.model)
    starts = np.arange(frames) * hop
    return CaptionAttention(
        words=tuple(END if token == EOS else listed[token] for token in (*ids, EOS)),
        weights=np.stack([state.weights[0, :frames].double().cpu().numpy() for state in states]),
        spans=np.stack([starts, starts + span], 1),
        streams=_streams(states, listed),
    )


def _streams(states: Sequence[Any], listed: Sequence[str]) -> dict[str, WordStream]:
    """Return each stream of attention over words, over all steps; what is no word is left out."""
    steps: dict[str, list[tuple[tuple[str, ...], tuple[float, ...]]]] = {}
    for state in states:
        if isinstance(state, AttendsToWords):
            for name, attention in state.word_attention.items():
                pairs = zip(attention.tokens[0].tolist(), attention.weights[0].tolist(), strict=True)
                kept = [
                    ("<begin>" if token == BOS else listed[token], weight) for token, weight in pairs if token != PAD
                ]
                words, weights = zip(*kept, strict=True) if kept else ((), ())
                steps.setdefault(name, []).append((words, weights))
    return {
        name: WordStream(tuple(words for words, _ in rows), tuple(weights for _, weights in rows))
        for name, rows in steps.items()
    }
