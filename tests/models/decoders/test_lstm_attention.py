"""LSTM with additive ReLU attention: equations 1 to 3 written out in loops, steps, padding, attention per word."""

from __future__ import annotations

import math

import pytest
import torch

from aacbench.inference.attention import word_attention
from aacbench.models.decoders.lstm_attention import LstmAttentionDecoder, ReluAttention
from aacbench.types import Encoded


def decoder() -> LstmAttentionDecoder:
    torch.manual_seed(1)
    return LstmAttentionDecoder(20, 6, dim=8, embedding_dim=5, attention_dim=7).eval()


def encoded() -> Encoded:
    torch.manual_seed(2)
    return Encoded(torch.randn(3, 7, 6), torch.tensor([7, 3, 5]), torch.zeros(3, 1))


@torch.no_grad()
def test_attention_equals_equations_1_and_2_in_loops() -> None:
    torch.manual_seed(3)
    attention = ReluAttention(4, 3, 5)
    hidden, frames, lengths = torch.randn(2, 4), torch.randn(2, 6, 3), [6, 4]
    mask = torch.arange(6)[None] < torch.tensor(lengths)[:, None]
    weights = attention(hidden, attention.keys(frames), mask)
    of_frames, of_hidden = attention.frames.weight.tolist(), attention.hidden.weight.tolist()
    (of_score,) = attention.score.weight.tolist()

    def product(row: list[float], vector: list[float]) -> float:
        return sum(w * x for w, x in zip(row, vector, strict=True))

    for clip, length in enumerate(lengths):
        h = hidden[clip].tolist()
        scores = []
        for frame in frames[clip, :length].tolist():
            alpha = [max(0.0, product(e, frame) + product(w, h)) for e, w in zip(of_frames, of_hidden, strict=True)]
            scores.append(product(of_score, alpha))
        total = sum(math.exp(score) for score in scores)
        wanted = [math.exp(score) / total for score in scores] + [0.0] * (6 - length)
        assert weights[clip].tolist() == pytest.approx(wanted, abs=1e-6)


@torch.no_grad()
def test_one_sentence_equals_the_equations_with_a_torch_lstm() -> None:
    """h_n = LSTM([E_attn; word], h_n-1), E_attn from h_n-1, with `torch.nn.LSTM` holding the same weights."""
    network, audio = decoder(), encoded()
    theirs = torch.nn.LSTM(6 + 5, 8)
    theirs.load_state_dict({f"{name}_l0": value for name, value in network.cell.state_dict().items()})
    tokens = torch.tensor([1, 9, 4, 17])
    logits = network(audio.select(torch.tensor([1])), tokens[None]).logits[0]
    frames, state = audio.frames[1, :3], (torch.zeros(1, 1, 8), torch.zeros(1, 1, 8))
    parts = dict(network.attention.named_parameters())
    for place, token in enumerate(tokens):
        alpha = torch.relu(frames @ parts["frames.weight"].T + state[0][0] @ parts["hidden.weight"].T)
        weights = torch.softmax(alpha @ parts["score.weight"][0], 0)
        context = (weights[:, None] * frames).sum(0)
        _, state = theirs(torch.cat([context, network.embedding.weight[token]])[None, None], state)
        torch.testing.assert_close(logits[place], network.classifier(state[0][0, 0]), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_the_second_term_is_of_the_hidden_vector_not_of_the_frames() -> None:
    attention = ReluAttention(4, 3, 5)
    keys, mask = attention.keys(torch.randn(1, 6, 3)), torch.ones(1, 6, dtype=torch.bool)
    first, second = (attention(hidden, keys, mask) for hidden in torch.randn(2, 1, 4))
    assert not torch.allclose(first, second)


@torch.no_grad()
def test_steps_equal_teacher_forcing_and_padding_never_matters() -> None:
    network, audio = decoder(), encoded()
    tokens = torch.randint(4, 20, (3, 9))
    output = network(audio, tokens)
    noisy = audio.frames.clone()
    for clip, length in enumerate(audio.lengths.tolist()):
        noisy[clip, length:] = torch.inf
    state = network.start(Encoded(noisy, audio.lengths, audio.clip))
    for place in range(9):
        stepped, state = network.step(tokens[:, place], state)
        torch.testing.assert_close(stepped, output.logits[:, place], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_state_can_be_reordered_across_clips() -> None:
    network, audio = decoder(), encoded()
    rows = torch.tensor([2, 0, 0, 1])
    _, state = network.step(torch.tensor([5, 6, 7]), network.start(audio))
    moved, _ = network.step(torch.tensor([8, 9, 9, 4]), state.select(rows))
    direct = network(audio.select(rows), torch.tensor([[7, 8], [5, 9], [5, 9], [6, 4]])).logits
    torch.testing.assert_close(moved, direct[:, 1], atol=1e-5, rtol=1e-4)


def test_attention_is_there_per_word() -> None:
    weights = word_attention(decoder(), encoded(), torch.randint(4, 20, (3, 5)))
    assert weights.shape == (3, 5, 7)
    torch.testing.assert_close(weights.sum(2), torch.ones(3, 5))
    assert float(weights[1, :, 3:].abs().max()) == 0.0
