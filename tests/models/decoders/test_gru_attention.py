"""GRU with temporal attention: equations 1 and 2 written out in loops, padding, attention per word."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from aacbench.contracts import Attentive
from aacbench.errors import UserError
from aacbench.inference.attention import word_attention
from aacbench.models.decoders.gru_attention import ConcatAttention, GruAttentionDecoder
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.testing import check_decoder
from aacbench.types import Encoded


def decoder() -> GruAttentionDecoder:
    torch.manual_seed(1)
    return GruAttentionDecoder(20, 6, dim=8, embedding_dim=5, attention_dim=7).eval()


def encoded() -> Encoded:
    torch.manual_seed(2)
    return Encoded(torch.randn(3, 7, 6), torch.tensor([7, 3, 5]), torch.zeros(3, 1))


@torch.no_grad()
def test_attention_equals_equation_1_in_loops() -> None:
    torch.manual_seed(3)
    attention = ConcatAttention(4, 3, 5)
    hidden, frames, lengths = torch.randn(2, 4), torch.randn(2, 6, 3), [6, 4]
    mask = torch.arange(6)[None] < torch.tensor(lengths)[:, None]
    weights = attention(hidden, attention.keys(frames), mask)
    matrix, bias, v = attention.score.weight.tolist(), attention.score.bias.tolist(), attention.v.tolist()
    for clip, length in enumerate(lengths):
        scores = []
        for frame in range(length):
            both = [*hidden[clip].tolist(), *frames[clip, frame].tolist()]
            inner = [
                sum(w * x for w, x in zip(row, both, strict=True)) + b for row, b in zip(matrix, bias, strict=True)
            ]
            scores.append(sum(part * math.tanh(value) for part, value in zip(v, inner, strict=True)))
        total = sum(math.exp(score) for score in scores)
        wanted = [math.exp(score) / total for score in scores] + [0.0] * (6 - length)
        assert weights[clip].tolist() == pytest.approx(wanted, abs=1e-6)


@torch.no_grad()
def test_one_sentence_equals_the_equations_with_a_torch_gru() -> None:
    """h_n = GRU([c_n; WE(w_n)], h_n-1), c_n from h_n-1, h_0 = 0, with `torch.nn.GRU` holding the same weights."""
    network, audio = decoder(), encoded()
    attention: Any = network.attention
    theirs = torch.nn.GRU(6 + 5, 8)
    theirs.load_state_dict({f"{name}_l0": value for name, value in network.cell.state_dict().items()})
    tokens = torch.tensor([1, 9, 4, 17])
    logits = network(audio.select(torch.tensor([1])), tokens[None]).logits[0]
    frames, hidden = audio.frames[1, :3], torch.zeros(1, 1, 8)
    for place, token in enumerate(tokens):
        both = torch.cat([hidden[0].expand(3, -1), frames], 1)
        weights = torch.softmax(torch.tanh(attention.score(both)) @ attention.v, 0)
        context = (weights[:, None] * frames).sum(0)
        _, hidden = theirs(torch.cat([context, network.embedding.weight[token]])[None, None], hidden)
        torch.testing.assert_close(logits[place], network.classifier(hidden[0, 0]), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_padding_never_changes_the_output() -> None:
    network, audio = decoder(), encoded()
    tokens = torch.randint(4, 20, (3, 5))
    noisy = audio.frames.clone()
    for clip, length in enumerate(audio.lengths.tolist()):
        noisy[clip, length:] = torch.inf
    same = network(Encoded(noisy, audio.lengths, audio.clip), tokens).logits
    torch.testing.assert_close(network(audio, tokens).logits, same)


def test_attention_is_there_per_word() -> None:
    network, audio = decoder(), encoded()
    tokens = torch.randint(4, 20, (3, 5))
    weights = word_attention(network, audio, tokens)
    assert weights.shape == (3, 5, 7)
    torch.testing.assert_close(weights.sum(2), torch.ones(3, 5))
    assert float(weights[1, :, 3:].abs().max()) == 0.0
    assert not torch.allclose(weights[:, 0], weights[:, 4])
    assert isinstance(network.start(audio), Attentive)
    other = TransformerDecoder(20, 6, dim=8, heads=2).eval()
    assert word_attention(other, audio, tokens).shape == (3, 5, 7)
    other.start = lambda encoded: Deaf()  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(UserError, match=r"TransformerDecoder does not say what it attends to.*gru-attention"):
        word_attention(other, audio, tokens)


class Deaf:
    """A state without weights."""

    def select(self, rows: torch.Tensor) -> Deaf:
        return self


def test_v_is_standard_normal() -> None:
    torch.manual_seed(4)
    v = ConcatAttention(8, 8, 20_000).v.detach()
    assert float(v.mean()) == pytest.approx(0.0, abs=0.03)
    assert float(v.std()) == pytest.approx(1.0, abs=0.03)


def test_a_projected_clip_vector_joins_the_input() -> None:
    """With `clip_dim`, context and clip vector come in the width of the words; the contract holds for that, too."""
    check_decoder("gru-attention", dim=8, embedding_dim=5, attention_dim=7, clip_dim=12)
    torch.manual_seed(1)
    reading = GruAttentionDecoder(20, 6, dim=8, embedding_dim=5, attention_dim=7, clip_dim=3).eval()
    assert reading.cell.input_size == 3 * 5
    audio, tokens = encoded(), torch.tensor([[1, 5, 6]] * 3)
    clip = torch.randn(3, 3)
    with torch.no_grad():
        heard = reading(Encoded(audio.frames, audio.lengths, clip), tokens).logits
        other = reading(Encoded(audio.frames, audio.lengths, clip.roll(1, 0)), tokens).logits
    assert not torch.allclose(heard, other)
    assert "clip.weight" not in decoder().state_dict()
