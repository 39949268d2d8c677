"""The transformer decoder: it equals torch's own layers."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest
import torch
from torch import nn

from aacbench.contracts import Attentive
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.testing import check_decoder
from aacbench.types import Encoded


def decoder(**settings: Any) -> TransformerDecoder:
    torch.manual_seed(1)
    return TransformerDecoder(20, 12, dim=24, layers=2, heads=4, feed_forward=48, **settings).eval()


def encoded(clips: int = 3) -> Encoded:
    torch.manual_seed(2)
    return Encoded(torch.randn(clips, 7, 12), torch.tensor([7, 3, 5])[:clips], torch.zeros(clips, 1))


@torch.no_grad()
def test_equals_torch_decoder_layers() -> None:
    """The same weights in `torch.nn.TransformerDecoderLayer` give the same logits."""
    network, audio = decoder(), encoded()
    tokens = torch.randint(4, 20, (3, 6))
    memory = network.memory(audio.frames)
    x = network.embedding(tokens) * math.sqrt(24) + network.positions[:6]
    padding = torch.arange(7)[None] >= audio.lengths[:, None]
    for layer in cast(Any, network.layers):
        theirs = nn.TransformerDecoderLayer(24, 4, 48, batch_first=True).eval()
        for mine, other in (
            (layer.self_attention, theirs.self_attn),
            (layer.audio_attention, theirs.multihead_attn),
        ):
            other.in_proj_weight.copy_(torch.cat([mine.query.weight, mine.key.weight, mine.value.weight]))
            other.in_proj_bias.copy_(torch.cat([mine.query.bias, mine.key.bias, mine.value.bias]))
            other.out_proj.load_state_dict(mine.out.state_dict())
        theirs.linear1.load_state_dict(layer.feed_forward[0].state_dict())
        theirs.linear2.load_state_dict(layer.feed_forward[3].state_dict())
        for norm, other_norm in zip(layer.norms, (theirs.norm1, theirs.norm2, theirs.norm3), strict=True):
            other_norm.load_state_dict(norm.state_dict())
        causal = nn.Transformer.generate_square_subsequent_mask(6).isinf()
        x = theirs(x, memory, tgt_mask=causal, memory_key_padding_mask=padding)
    torch.testing.assert_close(network.classifier(x), network(audio, tokens).logits, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_state_says_what_the_last_layer_attended_to() -> None:
    """The weights are rebuilt from the layer's own projections, and follow the hypotheses when they are re-ordered."""
    network, audio = decoder(), encoded()
    state = network.start(audio)
    assert isinstance(state, Attentive)
    assert state.weights.tolist() == [[0.0] * 7] * 3
    _, state = network.step(torch.tensor([5, 6, 7]), state)
    layer = cast(Any, network.layers[1])
    asked: list[torch.Tensor] = []
    hook = layer.audio_attention.query.register_forward_hook(lambda _module, _inputs, out: asked.append(out))
    _, state = network.step(torch.tensor([8, 9, 10]), state)
    hook.remove()
    keys = layer.audio_attention.key(network.memory(audio.frames))
    for row, length in enumerate((7, 3, 5)):
        wanted = torch.zeros(7)
        for head in range(4):
            part = slice(6 * head, 6 * head + 6)
            scores = keys[row, :length, part] @ asked[0][row, 0, part] / math.sqrt(6)
            wanted[:length] += torch.softmax(scores, 0) / 4
        torch.testing.assert_close(state.weights[row], wanted)
    moved = state.select(torch.tensor([2, 0, 0]))
    torch.testing.assert_close(moved.weights, state.weights[[2, 0, 0]])


@torch.no_grad()
@pytest.mark.parametrize("rows", [[0, 0, 1, 1, 2, 2], [1, 1, 1], [2, 2, 0, 0], [0, 0, 1], [2, 0, 2, 1]])
def test_hypotheses_of_a_clip_share_its_audio(rows: list[int]) -> None:
    """Whatever rows are kept, each goes on as if it were alone; audio keys are kept once a clip where they can be."""
    network, audio = decoder(), encoded()
    words = torch.randint(4, 20, (4, len(rows)))
    state = network.start(audio).select(torch.tensor(rows))
    _, state = network.step(words[0], state)
    _, state = network.step(words[1], state)
    back = torch.arange(len(rows)).flip(0)
    state = state.select(back)
    logits, state = network.step(words[2], state)
    even = all(rows.count(row) == rows.count(rows[0]) for row in rows) and rows != [2, 0, 2, 1]
    assert len(state.mask) == (len({*rows}) if even else len(rows))
    for place, row in enumerate(back.tolist()):
        alone = network.start(audio).select(torch.tensor([rows[row]]))
        for said in (words[0, row], words[1, row], words[2, place]):
            wanted, alone = network.step(said[None], alone)
        torch.testing.assert_close(logits[place], wanted[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(state.weights[place], alone.weights[0], atol=1e-5, rtol=1e-4)


def test_a_normed_memory_and_a_classifier_without_bias() -> None:
    check_decoder("transformer", dim=16, layers=2, heads=4, feed_forward=16, dropout=0.1, memory="normed", bias=False)
    names = TransformerDecoder(20, 16, dim=16, memory="normed", bias=False).state_dict()
    assert names["memory.0.weight"].shape == (16, 16)
    assert names["memory.3.weight"].shape == (16,)
    assert "classifier.bias" not in names
    assert {"classifier.bias", "memory.weight"} <= set(TransformerDecoder(20, 12, dim=16).state_dict())
