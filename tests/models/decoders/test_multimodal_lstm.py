"""Multimodal LSTM: equations 3 to 7 written out, steps, its streams and switches, and search with its memory."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from aacbench.contracts import AttendsToWords, Attentive
from aacbench.errors import UserError
from aacbench.inference.attention import word_attention
from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.multimodal_lstm import Attention, MultimodalLstmDecoder
from aacbench.text.vocabulary import BOS, EOS, UNK
from aacbench.types import Encoded

STREAMS: list[dict[str, Any]] = [
    {"keywords": False, "previous": False},
    {"keywords": False},
    {"previous": False},
    {"shared": False},
    {},
    {"gate": "linear", "first": "linear"},
]


def decoder(words: int = 20, **settings: Any) -> MultimodalLstmDecoder:
    torch.manual_seed(1)
    network = MultimodalLstmDecoder(words, 6, dim=8, attention_dim=7, **settings).eval()
    with torch.no_grad():
        network.embedding.weight.mul_(2.0)  # so that words weigh
    return network


def encoded() -> Encoded:
    torch.manual_seed(2)
    return Encoded(torch.randn(3, 7, 6), torch.tensor([7, 3, 5]), torch.zeros(3, 1), torch.randint(4, 7, (3, 5)))


@torch.no_grad()
def test_one_sentence_equals_the_equations_with_a_torch_lstm() -> None:
    network, audio = decoder(), encoded()
    theirs = torch.nn.LSTM(8, 8)
    theirs.load_state_dict({f"{name}_l0": value for name, value in network.cell.state_dict().items()})
    tokens = torch.tensor([BOS, 9, 4, 17])
    assert audio.words is not None
    logits = network(audio.select(torch.tensor([1])), tokens[None]).logits[0]
    x = audio.frames[1, :3] @ network.acoustic.weight.T + network.acoustic.bias
    shared = network.read[0]
    assert isinstance(shared, Attention)

    def attend(part: Attention, features: Tensor, hidden: Tensor) -> Tensor:
        values = features @ part.value.weight.T + part.value.bias
        inner = values @ part.key.weight.T + part.key.bias + part.query.weight @ hidden + part.query.bias
        weights = torch.softmax(inner.clamp(min=0) @ part.score.weight[0], 0)
        return (weights @ values) * torch.sigmoid(hidden)  # GLU([attended; h])

    hidden = (x @ network.listen.value.weight.T + network.listen.value.bias).mean(0)
    cell = network.first_cell(x.mean(0))
    table = network.embedding.weight
    for place, token in enumerate(tokens):
        said = torch.cat([torch.zeros(1, 8), table[tokens[1 : place + 1]]])
        total = table[token] + attend(network.listen, x, hidden)
        total = total + attend(shared, table[audio.words[1]], hidden) + attend(shared, said, hidden)
        _, (first, second) = theirs(total[None, None], (hidden[None, None], cell[None, None]))
        hidden, cell = first[0, 0], second[0, 0]
        torch.testing.assert_close(logits[place], network.classifier(hidden), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("settings", STREAMS, ids=str)
@torch.no_grad()
def test_steps_equal_teacher_forcing(settings: dict[str, Any]) -> None:
    network, audio = decoder(**settings), encoded()
    tokens = torch.randint(4, 20, (3, 9))
    tokens[:, 0] = BOS
    output = network(audio, tokens)
    assert output.hidden.shape == (3, 9, 8)
    state = network.start(audio)
    for place in range(9):
        stepped, state = network.step(tokens[:, place], state)
        torch.testing.assert_close(stepped, output.logits[:, place], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_switches_change_what_is_read() -> None:
    audio = encoded()
    assert audio.words is not None
    tokens = torch.randint(4, 20, (3, 6))
    tokens[:, 0] = BOS
    other_words = replace(audio, words=(audio.words - 3) % 16 + 4)
    changed = tokens.clone()
    changed[:, 2] = (changed[:, 2] - 3) % 16 + 4

    def differs(one: Tensor, two: Tensor) -> bool:
        return float((one - two).abs().max()) > 1e-4

    for settings in STREAMS[:5]:
        network = decoder(**settings)
        logits = network(audio, tokens).logits
        assert differs(logits, network(other_words, tokens).logits) == settings.get("keywords", True)
        assert not differs(logits[:, :2], network(audio, changed).logits[:, :2])
    assert [len(decoder(**settings).read) for settings in STREAMS] == [0, 1, 1, 2, 1, 1]
    without = replace(audio, words=None)
    assert decoder(keywords=False)(without, tokens).logits.shape == (3, 6, 20)
    with pytest.raises(UserError, match="reads keywords, and the encoder gives none"):
        decoder().start(without)


def test_keywords_train_the_embedding_only_when_asked() -> None:
    audio, tokens = encoded(), torch.tensor([[BOS, 9, EOS]] * 3)
    assert audio.words is not None
    for asked in (False, True):
        network = decoder(keyword_gradient=asked)
        network(audio, tokens).logits.square().mean().backward()
        gradient = network.embedding.weight.grad
        assert gradient is not None
        assert bool(gradient[audio.words[0]].any()) == asked


@torch.no_grad()
def test_state_can_be_reordered_across_clips() -> None:
    network, audio = decoder(), encoded()
    rows = torch.tensor([2, 0, 0, 1])
    state = network.start(audio)
    for fed in ([BOS] * 3, [5, 6, 7]):
        _, state = network.step(torch.tensor(fed), state)
    moved, later = network.step(torch.tensor([8, 9, 9, 4]), state.select(rows))
    said = torch.tensor([[BOS, 7, 8], [BOS, 5, 9], [BOS, 5, 9], [BOS, 6, 4]])
    torch.testing.assert_close(moved, network(audio.select(rows), said).logits[:, 2], atol=1e-5, rtol=1e-4)
    assert later.word_attention["previous words"].tokens.tolist() == said.tolist()


@torch.no_grad()
def test_padding_never_changes_the_output() -> None:
    network, audio = decoder(), encoded()
    tokens = torch.randint(4, 20, (3, 5))
    noisy = audio.frames.clone()
    for clip, length in enumerate(audio.lengths.tolist()):
        noisy[clip, length:] = torch.inf
    same = network(replace(audio, frames=noisy), tokens).logits
    torch.testing.assert_close(network(audio, tokens).logits, same)


def exhaustive(network: MultimodalLstmDecoder, audio: Encoded, steps: int, power: float) -> tuple[list[int], float]:
    """Score every sentence that ends within `steps` tokens by teacher forcing; return the best one."""
    best: tuple[float, list[int]] = (-float("inf"), [])
    words = network.classifier.out_features
    for length in range(1, steps):
        for sentence in itertools.product(range(UNK + 1, words), repeat=length):
            log_probs = torch.log_softmax(network(audio, torch.tensor([[BOS, *sentence]])).logits[0], 1)
            total = float(log_probs[range(length + 1), [*sentence, EOS]].sum())
            best = max(best, (total / (length + 1) ** power, list(sentence)))
    return best[1], best[0]


@pytest.mark.parametrize("settings", [{}, {"shared": False}, {"keywords": False}], ids=str)
@torch.no_grad()
def test_beam_search_with_memory_equals_exhaustive_search(settings: dict[str, Any]) -> None:
    network, audio = decoder(7, **settings), encoded()
    network.classifier.weight.mul_(4.0)
    steps = 5
    how = SearchSettings(beam_size=3**4, max_words=steps, length_power=1.15)
    found, scores = search(network, audio, how)
    for clip in range(3):
        wanted, score = exhaustive(network, audio.select(torch.tensor([clip])), steps, 1.15)
        assert found[clip] == wanted
        assert float(scores[clip]) == pytest.approx(score, abs=1e-4)


@torch.no_grad()
def test_a_forgetful_decoder_keeps_the_one_zero_vector_in_search() -> None:
    audio = encoded()
    forgetful, network = decoder(remembers=False), decoder()
    tokens, state = torch.tensor([BOS, BOS, BOS]), forgetful.start(audio)
    for fed in (tokens, tokens + 4, tokens + 5):
        _, state = forgetful.step(fed, state)
    attention = state.word_attention["previous words"]
    assert attention.tokens.tolist() == [[BOS]] * 3
    assert attention.weights.tolist() == [[1.0]] * 3
    sentence = torch.tensor([[BOS, 5, 6, 7]]).expand(3, -1)
    torch.testing.assert_close(forgetful(audio, sentence).logits, network(audio, sentence).logits)


@torch.no_grad()
def test_attention_is_there_per_word_and_stream() -> None:
    network, audio = decoder(), encoded()
    tokens = torch.randint(4, 20, (3, 5))
    tokens[:, 0] = BOS
    weights = word_attention(network, audio, tokens)
    torch.testing.assert_close(weights.sum(2), torch.ones(3, 5))
    assert float(weights[1, :, 3:].abs().max()) == 0.0
    state = network.start(audio)
    assert isinstance(state, Attentive)
    assert isinstance(state, AttendsToWords)
    assert state.word_attention == {}
    for place in range(5):
        _, state = network.step(tokens[:, place], state)
        found = state.word_attention
        assert set(found) == {"keywords", "previous words"}
        assert found["previous words"].tokens.tolist() == tokens[:, : place + 1].tolist()
        for attention in found.values():
            assert attention.weights.shape == attention.tokens.shape
            torch.testing.assert_close(attention.weights.sum(1), torch.ones(3))
    assert decoder(keywords=False, previous=False).start(audio).word_attention == {}


@torch.no_grad()
def test_search_does_not_depend_on_the_batch() -> None:
    network, audio = decoder(), encoded()
    settings = SearchSettings(beam_size=3, max_words=10)
    together, _ = search(network, audio, settings)
    for clip, length in enumerate(audio.lengths.tolist()):
        one = audio.select(torch.tensor([clip]))
        assert search(network, replace(one, frames=one.frames[:, :length]), settings)[0][0] == together[clip]
