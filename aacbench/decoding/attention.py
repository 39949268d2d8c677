"""What a decoder attended to, word by word, for decoders whose state says so (`contracts.Attentive`)."""

from __future__ import annotations

import torch
from torch import Tensor

from aacbench.contracts import Attentive, Decoder
from aacbench.errors import UserError
from aacbench.types import Encoded


@torch.no_grad()
def word_attention(decoder: Decoder, encoded: Encoded, tokens: Tensor) -> Tensor:
    """Return attention (B, L, T): row l is what the frames weighed when the token after tokens[:, l] was predicted.

    Tokens (B, L) begin with BOS, one row a clip; the decoder should be in evaluation mode.

    Raises:
        UserError: the decoder's state does not say what it attended to.
    """
    state = decoder.start(encoded)
    if not isinstance(state, Attentive):
        raise UserError(f"{type(decoder).__name__} does not say what it attends to; gru-attention does")
    rows = []
    for place in range(tokens.shape[1]):
        _, state = decoder.step(tokens[:, place], state)
        rows.append(state.weights)
    return torch.stack(rows, 1)
