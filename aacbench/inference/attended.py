"""When a network attended to what: the times of its encoder's frames, and the one that weighed most at each word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from aacbench.audio import FeatureSettings
from aacbench.contracts import Attentive, CaptioningModel, Decoder, FrameTiming
from aacbench.errors import UserError
from aacbench.text.vocabulary import BOS, PAD
from aacbench.types import Encoded


def frame_times(model: CaptioningModel) -> tuple[float, float]:
    """Return seconds from the start of an encoder frame to the start of the next, and seconds that a frame covers.

    Raises:
        UserError: the model does not say when its frames are.
    """
    encoder: Any = getattr(model, "encoder", None)
    for part in (model, encoder):
        if isinstance(part, FrameTiming):
            return part.frame_hop, part.frame_span
    if encoder is None or not isinstance(model.features, FeatureSettings):
        raise UserError(f"{type(model).__name__} does not say when its frames are; give it frame_hop and frame_span")
    seconds = float(encoder.reduction * model.features.hop_seconds)
    return seconds, seconds


def forced_states(decoder: Decoder, encoded: Encoded, tokens: Tensor) -> Iterator[Any] | None:
    """Return the states after tokens (B, L), BOS first; None where they do not say what they attended to."""
    state = decoder.start(encoded)
    return _forced(decoder, state, tokens) if isinstance(state, Attentive) else None


def _forced(decoder: Decoder, state: Any, tokens: Tensor) -> Iterator[Any]:
    for step in range(tokens.shape[1]):
        _, state = decoder.step(tokens[:, step], state)
        yield state


@torch.no_grad()
def attended_frames(decoder: Decoder, encoded: Encoded, said: Sequence[Sequence[int]]) -> list[list[int]] | None:
    """Return the frame that weighed most when each token was said, of B captions in one pass; the first of equal ones.

    None where the decoder does not say what it attends to.
    """
    longest = max(map(len, said), default=0)
    tokens = torch.full((len(said), max(1, longest)), PAD, device=encoded.frames.device)
    tokens[:, 0] = BOS
    for row, ids in enumerate(said):
        tokens[row, 1 : len(ids)] = torch.tensor(ids[:-1], dtype=tokens.dtype)  # the last one is only predicted
    states = forced_states(decoder, encoded, tokens)
    if states is None:
        return None
    peaks = torch.stack([state.weights.argmax(1) for state in states], 1).tolist()
    return [row[: len(ids)] for row, ids in zip(peaks, said, strict=True)]
