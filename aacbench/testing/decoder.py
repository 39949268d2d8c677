"""The contract of a decoder, checked on random audio; the clip vector is as wide as the frames; words come along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from aacbench.contracts import Attentive, Decoder, DecoderOutput, DecoderSpec, make
from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.testing.networks import check_saved, check_training, close, finite, module, shaped
from aacbench.testing.report import Checked, check_spec, find
from aacbench.text.vocabulary import BOS
from aacbench.types import Encoded

WORDS, LONGEST = 20, 7
LENGTHS = (7, 3, 5)


def check_decoder(part: str | DecoderSpec, encoder_dim: int = 12, **settings: Any) -> None:
    """Check a decoder: shapes, causality, forward == steps, re-ordered states, padding, search, saving and loading.

    Raises:
        ContractError: it does not keep the contract.
        UserError: it is not installed, or does not take the settings.
    """
    spec, checked, _ = find(DecoderSpec, part)
    check_spec(checked, spec)
    own = settings or dict(spec.tiny)

    def build() -> nn.Module:
        return module(checked, make(spec, vocabulary_size=WORDS, encoder_dim=encoder_dim, **own))

    torch.manual_seed(0)
    network = build()
    audio = Encoded(
        frames=torch.randn(len(LENGTHS), LONGEST, encoder_dim),
        lengths=torch.tensor(LENGTHS),
        clip=torch.randn(len(LENGTHS), encoder_dim),
        words=torch.randint(4, WORDS, (len(LENGTHS), 4)),
    )
    tokens = torch.randint(4, WORDS, (len(LENGTHS), 9))
    tokens[:, 0] = BOS
    check_training(checked, network, lambda: network(audio, tokens).logits.square().mean())
    with torch.no_grad():
        network.eval()
        decoder = cast(Decoder, network)
        logits = _teacher_forcing(checked, decoder, audio, tokens)
        _steps(checked, decoder, audio, tokens, logits)
        _reordering(checked, decoder, audio, tokens)
        _padding(checked, decoder, audio, tokens, logits)
        _search(checked, decoder, audio)
        check_saved(checked, network, build, lambda other: cast(DecoderOutput, other(audio, tokens)).logits)


def _teacher_forcing(checked: Checked, decoder: Decoder, audio: Encoded, tokens: Tensor) -> Tensor:
    output = decoder(audio, tokens)
    checked.require(isinstance(output, DecoderOutput), "an aacbench.contracts.DecoderOutput", type(output).__name__)
    logits = shaped(checked, "logits (B, L, V)", output.logits, (*tokens.shape, WORDS))
    finite(checked, "logits", logits)
    width = output.hidden.shape[-1]
    shaped(checked, "hidden (B, L, D)", output.hidden, (*tokens.shape, width))
    other = tokens.clone()
    other[:, 5:] = (other[:, 5:] - 3) % (WORDS - 4) + 4
    early = decoder(audio, other).logits[:, :5]
    close(checked, "logits that do not depend on later tokens", logits[:, :5], early)
    return logits


def _steps(checked: Checked, decoder: Decoder, audio: Encoded, tokens: Tensor, logits: Tensor) -> None:
    state = decoder.start(audio)
    if isinstance(state, Attentive):
        shaped(checked, "attention weights (N, T)", state.weights, (len(LENGTHS), LONGEST))
        checked.require(not state.weights.any(), "attention weights of 0 before the first step", "others")
    for step in range(tokens.shape[1]):
        stepped, state = decoder.step(tokens[:, step], state)
        shaped(checked, "logits (N, V) of a step", stepped, (len(LENGTHS), WORDS))
        close(checked, f"step {step} equal to forward's logits[:, {step}]", stepped, logits[:, step])
        if isinstance(state, Attentive):
            sums = state.weights.sum(1)
            close(checked, "attention weights that sum to 1", sums, torch.ones_like(sums))


def _reordering(checked: Checked, decoder: Decoder, audio: Encoded, tokens: Tensor) -> None:
    """Rows are swapped, doubled and dropped, as beam search and finished clips do; old states stay usable."""
    rows = torch.tensor([2, 0, 0, 1])
    _, state = decoder.step(tokens[:, 0], decoder.start(audio))
    moved, later = decoder.step(tokens[rows, 1], state.select(rows))
    wanted = decoder(audio.select(rows), tokens[rows]).logits
    close(checked, "a state re-ordered by `select` to go on as its rows would", moved, wanted[:, 1])
    kept = torch.tensor([3, 1])
    fewer, _ = decoder.step(tokens[rows[kept], 2], later.select(kept))
    close(checked, "a state that has lost rows to go on as the rest would", fewer, wanted[kept, 2])
    again, _ = decoder.step(tokens[:, 1], state)
    close(
        checked, "a state untouched by what is made of it", again[rows], decoder(audio, tokens[:, :2]).logits[rows, 1]
    )


def _padding(checked: Checked, decoder: Decoder, audio: Encoded, tokens: Tensor, logits: Tensor) -> None:
    noisy = audio.frames.clone()
    for clip, length in enumerate(LENGTHS):
        noisy[clip, length:] = 1e3
    same = decoder(replace(audio, frames=noisy), tokens).logits
    close(checked, "logits that do not depend on frames beyond a clip's length", logits, same)


def _search(checked: Checked, decoder: Decoder, audio: Encoded) -> None:
    settings = SearchSettings(beam_size=3, max_words=10)
    together, _ = search(decoder, audio, settings)
    for clip, length in enumerate(LENGTHS):
        one = audio.select(torch.tensor([clip]))
        alone, _ = search(decoder, replace(one, frames=one.frames[:, :length]), settings)
        checked.require(
            alone[0] == together[clip], f"the same beam search in a batch as alone, {alone[0]}", together[clip]
        )
