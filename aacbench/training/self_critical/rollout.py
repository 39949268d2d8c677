"""Sampled and greedy captions from any decoder's `step`, and the log-probability of given ones.

Shapes: N rows, L steps, V words. The policy is the network's softmax at a temperature over what a caption may hold:
never padding, beginning or unknown, as in search, and no end before the first word.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from aacbench.contracts import Decoder, DecoderOutput
from aacbench.runtime.distributed.shards import shared_generator
from aacbench.text.vocabulary import BOS, EOS, PAD, UNK
from aacbench.types import Encoded

NEVER = [PAD, BOS, UNK]


def policy(logits: Tensor, first: bool, temperature: float = 1.0) -> Tensor:
    """Return log-probabilities (N, V) of the next word; `first` says that it is the caption's first."""
    logits = logits.float() / temperature
    closed = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device)
    closed[[*NEVER, EOS] if first else NEVER] = True
    return torch.log_softmax(logits.masked_fill(closed, -torch.inf), -1)


@dataclass(frozen=True, slots=True)
class Among:
    """Where the rows (N,) of this process stand among all `total` rows that are drawn at once."""

    rows: Tensor
    total: int


def draw(probabilities: Tensor, among: Among | None = None) -> Tensor:
    """Return a word (N,) for each row of probabilities (N, V).

    With `among`, rows get what they would get if all rows were drawn in one process: as `torch.multinomial` does it,
    the word whose probability divided by an exponential number is the largest.
    """
    if among is None:
        return torch.multinomial(probabilities, 1)[:, 0]
    noise = probabilities.new_empty(among.total, probabilities.shape[1])
    noise.exponential_(generator=shared_generator(probabilities.device))
    return (probabilities / noise[among.rows]).argmax(1)


def roll(
    decoder: Decoder,
    encoded: Encoded,
    greedy: Tensor,
    steps: int,
    temperature: float = 1.0,
    among: Among | None = None,
) -> tuple[Tensor, Tensor]:
    """Return captions as tokens (N, L) without BOS, and the log-probability of each token (N, L).

    Rows where `greedy` (N,) is true take the best word each time, the others draw. A caption ends with its first EOS,
    padding follows; one that has none after `steps` is cut. L is the longest row's. `among` is `draw`'s.
    """
    state = decoder.start(encoded)
    last = torch.full_like(encoded.lengths, BOS)
    open_, all_greedy = torch.ones_like(greedy), bool(greedy.all())
    tokens, chosen = [], []
    for step in range(steps):
        logits, state = decoder.step(last, state)
        log_probs = policy(logits, step == 0, temperature)
        best = log_probs.argmax(1)
        drawn = best if all_greedy else draw(log_probs.detach().exp(), among)
        picked = torch.where(greedy, best, drawn)
        chosen.append(log_probs.gather(1, picked[:, None])[:, 0])
        last = picked.masked_fill(~open_, PAD)
        tokens.append(last)
        open_ = open_ & (last != EOS)
        if not bool(open_.any()):
            break
    return torch.stack(tokens, 1), torch.stack(chosen, 1)


def log_probabilities(decoder: Decoder, encoded: Encoded, tokens: Tensor, temperature: float = 1.0) -> Tensor:
    """Return the log-probability (N, L) that the policy gives to tokens (N, L) without BOS, by teacher forcing.

    Values beyond a row's end mean nothing.
    """
    begun = torch.cat([torch.full_like(tokens[:, :1], BOS), tokens[:, :-1]], 1)
    output: DecoderOutput = decoder(encoded, begun)
    first, rest = policy(output.logits[:, :1], True, temperature), policy(output.logits[:, 1:], False, temperature)
    log_probs = torch.cat([first, rest], 1)
    return log_probs.gather(2, tokens.masked_fill(tokens == PAD, EOS)[:, :, None])[:, :, 0]


def caption_mask(tokens: Tensor) -> Tensor:
    """Return (N, L) booleans: true up to and including a row's first EOS (methods 003 and 004)."""
    ended = (tokens == EOS) | (tokens == PAD)
    before = ended.cumsum(1) - ended.long()  # ends strictly before a place
    return (before == 0) & (tokens != PAD)


@contextmanager
def gradients_in_evaluation(model: nn.Module) -> Iterator[None]:
    """Let gradients flow through recurrent layers in evaluation mode, which cuDNN refuses: in training, no dropout."""
    layers = [(module, module.dropout) for module in model.modules() if isinstance(module, nn.RNNBase)]
    quiet = [(module, dropout) for module, dropout in layers if not module.training]
    for module, _ in quiet:
        module.training, module.dropout = True, 0.0
    try:
        yield
    finally:
        for module, dropout in quiet:
            module.training, module.dropout = False, dropout
