"""One batched search for every decoder: greedy and beam search over `start` and `step`.

Shapes: B clips, K hypotheses a clip (the beam), N = B x K rows, V words, L tokens so far. Clips that are done leave the
batch, so the cost follows the clips that are still open. What a clip gets does not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from aacbench.contracts import Decoder
from aacbench.inference.settings import SearchSettings
from aacbench.text.vocabulary import BOS, EOS, PAD, UNK
from aacbench.types import Encoded

Observer = Callable[[int], None]
_BLOCK = 64


@dataclass
class _Open:
    """The clips still searched: their place in the batch, hypotheses and best finished sentence so far."""

    clip: Tensor  # (B,) place in the batch that came in
    tokens: Tensor  # (B, K, L) without BOS
    scores: Tensor  # (B, K) sums of log-probabilities, minus infinity where there is no hypothesis
    best: Tensor  # (B,) normalised score of the best finished sentence
    best_tokens: Tensor  # (B, max_words + 1) padded
    finished: Tensor  # (B,) how many sentences have finished

    def select(self, rows: Tensor) -> _Open:
        return _Open(
            self.clip[rows],
            self.tokens[rows],
            self.scores[rows],
            self.best[rows],
            self.best_tokens[rows],
            self.finished[rows],
        )


@torch.no_grad()
def search(
    decoder: Decoder, encoded: Encoded, settings: SearchSettings, on_done: Observer | None = None
) -> tuple[list[list[int]], Tensor]:
    """Return the best token ids of each clip (without BOS and EOS) and their scores (B,).

    `on_done` is told how many clips are done each time some are.
    """
    batch, device = len(encoded.lengths), encoded.frames.device
    beam = settings.beam_size
    state = decoder.start(encoded).select(torch.arange(batch, device=device).repeat_interleave(beam))
    best_tokens = torch.full((batch, settings.max_words + 1), PAD, device=device)
    best = torch.full((batch,), -torch.inf, device=device)
    scores = torch.full((batch, beam), -torch.inf, device=device)
    scores[:, 0] = 0.0  # all hypotheses of a clip are the same at first: keep one
    open_ = _Open(
        torch.arange(batch, device=device),
        torch.empty((batch, beam, 0), dtype=torch.long, device=device),
        scores,
        best.clone(),
        best_tokens.clone(),
        torch.zeros(batch, dtype=torch.long, device=device),
    )
    last = torch.full((batch * beam,), BOS, device=device)
    for step in range(1, settings.max_words + 1):
        logits, state = decoder.step(last, state)
        log_probs = _log_probs(logits, step, settings).view(-1, beam, logits.shape[1])  # (B, K, V)
        rows, last = _advance(open_, log_probs, step, settings)
        if beam > 1:
            state = state.select(rows)
        done = _done(open_, step, settings)
        if step == settings.max_words:
            done = torch.ones_like(done)
        if done.any():
            _close(open_, done, step, settings, best, best_tokens)
            if on_done:
                on_done(int(done.sum()))
            if done.all():
                break
            keep = (~done).nonzero()[:, 0]
            kept_rows = (keep[:, None] * beam + torch.arange(beam, device=device)).flatten()
            state, last, open_ = state.select(kept_rows), last[kept_rows], open_.select(keep)
    return [_cut(row) for row in best_tokens.tolist()], best


def _log_probs(logits: Tensor, step: int, settings: SearchSettings) -> Tensor:
    """Return log-probabilities (N, V) of what may be said next."""
    scaled = logits.float() if settings.temperature == 1.0 else logits.float() / settings.temperature
    log_probs = torch.log_softmax(scaled, 1)
    for word in (PAD, BOS) if settings.say_unknown else (PAD, BOS, UNK):
        log_probs[:, word] = -torch.inf
    if step <= settings.min_words and not settings.ignore_end:
        log_probs[:, EOS] = -torch.inf
    return log_probs


def _advance(open_: _Open, log_probs: Tensor, step: int, settings: SearchSettings) -> tuple[Tensor, Tensor]:
    """Grow every beam by one token; return the rows (N,) that the new hypotheses come from, and their tokens (N,).

    Of the 2 K best continuations, those that end count as finished when they are among the first K; the first K that
    do not end stay open, so that ending never narrows the beam.
    """
    clips, beam, _ = log_probs.shape
    values, parents, tokens = continuations(open_.scores, log_probs, 2 * beam)  # (B, 2K), best first
    ends = (tokens == EOS) & (values > -torch.inf)
    if settings.ignore_end:
        ends = torch.zeros_like(ends)
    else:
        _finish(open_, values, parents, ends, step, settings)
    # Stable order: open continuations first, each group by falling score.
    order = ends.int().argsort(dim=1, stable=True)[:, :beam]
    open_.scores = values.gather(1, order).masked_fill(ends.gather(1, order), -torch.inf)
    parents, tokens = parents.gather(1, order), tokens.gather(1, order)
    grown = open_.tokens.gather(1, parents[:, :, None].expand(-1, -1, open_.tokens.shape[2]))
    open_.tokens = torch.cat([grown, tokens[:, :, None]], 2)
    rows = (torch.arange(clips, device=parents.device)[:, None] * beam + parents).flatten()
    return rows, tokens.flatten()


def continuations(scores: Tensor, log_probs: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the `count` best of scores (B, K) + log_probs (B, K, V): values, hypotheses and words (B, count) each.

    The best words of a row lie in the blocks of words with the highest maxima. Maxima are cheap, where `topk` is not.
    """
    _, beam, words = log_probs.shape
    count = min(count, beam * words)
    if words < _BLOCK * _BLOCK:
        values, flat = (scores[:, :, None] + log_probs).flatten(1).topk(count, dim=1)
        return values, flat // words, flat % words
    whole = words - words % _BLOCK
    maxima = log_probs[:, :, :whole].view(-1, beam, whole // _BLOCK, _BLOCK).amax(3)
    if whole < words:
        maxima = torch.cat([maxima, log_probs[:, :, whole:].amax(2, keepdim=True)], 2)
    best = (scores[:, :, None] + maxima).flatten(1).topk(count, dim=1).indices[:, :, None]  # (B, count, 1)
    parents, blocks = best // maxima.shape[2], best % maxima.shape[2]
    tokens = blocks * _BLOCK + torch.arange(_BLOCK, device=blocks.device)  # (B, count, block)
    inside = log_probs.flatten(1).gather(1, (parents * words + tokens.clamp(max=words - 1)).flatten(1))
    totals = scores.gather(1, parents[:, :, 0])[:, :, None] + inside.view(tokens.shape)
    values, flat = totals.masked_fill(tokens >= words, -torch.inf).flatten(1).topk(count, dim=1)
    return values, parents[:, :, 0].gather(1, flat // _BLOCK), tokens.flatten(1).gather(1, flat)


def _finish(open_: _Open, values: Tensor, parents: Tensor, ends: Tensor, step: int, settings: SearchSettings) -> None:
    """Take note of the sentences that end at this step; the better one stays, the earlier one on a tie."""
    ends = ends.clone()
    ends[:, settings.beam_size :] = False
    scores = (values / step**settings.length_power).masked_fill(~ends, -torch.inf)
    score, choice = scores.max(1)
    better = score > open_.best
    if better.any():
        parent = parents.gather(1, choice[:, None])[:, 0]
        rows = torch.arange(len(parent), device=parent.device)
        sentence = open_.tokens[rows, parent]  # (B, L)
        open_.best = torch.where(better, score, open_.best)
        open_.best_tokens[better, : sentence.shape[1]] = sentence[better]
        open_.best_tokens[better, sentence.shape[1] :] = PAD
    open_.finished = open_.finished + ends.sum(1)


def _done(open_: _Open, step: int, settings: SearchSettings) -> Tensor:
    """Return (B,) booleans: no open hypothesis is worth another step."""
    exhausted: Tensor = (open_.scores == -torch.inf).all(1)
    greedy = settings.beam_size == 1 and settings.stop == "bound" and not settings.ignore_end
    if settings.stop == "beam-finished" or greedy:
        return exhausted | (open_.finished >= settings.beam_size)
    if settings.stop == "bound" and not settings.ignore_end:
        # Log-probabilities are never positive, so the best an open hypothesis can reach is its sum over the most steps.
        longest = settings.max_words**settings.length_power
        exhausted = exhausted | (open_.best >= open_.scores.amax(1) / longest)
    return exhausted


def _close(open_: _Open, done: Tensor, step: int, settings: SearchSettings, best: Tensor, best_tokens: Tensor) -> None:
    """Write the done clips' results; a clip without a finished sentence gives its best open one."""
    score, choice = open_.scores.max(1)
    normalised = score / step ** (0.0 if settings.ignore_end else settings.length_power)
    unfinished = done & (open_.best == -torch.inf)
    rows = torch.arange(len(choice), device=choice.device)
    sentence = open_.tokens[rows, choice]  # (B, L)
    open_.best = torch.where(unfinished, normalised, open_.best)
    open_.best_tokens[unfinished, : sentence.shape[1]] = sentence[unfinished]
    best[open_.clip[done]] = open_.best[done]
    best_tokens[open_.clip[done]] = open_.best_tokens[done]


def _cut(tokens: list[int]) -> list[int]:
    """Return the tokens before the first end or padding."""
    for index, token in enumerate(tokens):
        if token in (EOS, PAD):
            return tokens[:index]
    return tokens
