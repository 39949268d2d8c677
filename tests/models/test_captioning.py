"""Scheduled sampling and label smoothing of the usual captioning network, and how training sets them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from aacbench.audio import feature_settings
from aacbench.contracts import TeacherForced
from aacbench.models.captioning import EncoderDecoder, cross_entropy
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.types import Encoded


def network() -> EncoderDecoder:
    torch.manual_seed(1)
    words = GruAttentionDecoder(12, 4, dim=8, embedding_dim=5, attention_dim=7, dropout=0.0)
    return EncoderDecoder(feature_settings({"front_end": "panns"}), nn.Identity(), words).train()


def audio() -> Encoded:
    torch.manual_seed(2)
    return Encoded(torch.randn(3, 6, 4), torch.tensor([6, 2, 5]), torch.zeros(3, 1))


TOKENS = torch.tensor([[1, 5, 6, 7, 8], [1, 9, 4, 2, 0], [1, 11, 2, 0, 0]])


def test_without_teaching_the_network_is_fed_its_own_words() -> None:
    model, encoded = network(), audio()
    assert isinstance(model, TeacherForced)
    assert torch.equal(model.decoder_inputs(encoded, TOKENS), TOKENS)
    model.teacher_forcing_ratio = 0.0
    fed = model.decoder_inputs(encoded, TOKENS)
    assert torch.equal(fed[:, 0], TOKENS[:, 0])
    for row in range(3):
        own = [1]
        for place in range(1, 5):
            logits = model.decoder(encoded.select(torch.tensor([row])), torch.tensor([own])).logits[0, -1]
            own.append(int(logits.argmax()) if TOKENS[row, place] else 0)
        assert fed[row].tolist() == own
    model.eval()
    assert torch.equal(model.decoder_inputs(encoded, TOKENS), TOKENS)


def test_one_coin_a_step_for_all_rows() -> None:
    model, encoded = network(), audio()
    model.teacher_forcing_ratio = 0.5
    kept = torch.zeros(5)
    for seed in range(200):
        torch.manual_seed(seed)
        fed = model.decoder_inputs(encoded, torch.full((3, 5), 10))
        same = fed == 10
        own = model.decoder_inputs(encoded, fed)  # other coins
        assert own.shape == fed.shape
        kept += same.all(0)
    assert kept[0] == 200
    assert all(60 <= int(count) <= 140 for count in kept[1:])


def test_label_smoothing_spreads_over_all_words() -> None:
    torch.manual_seed(3)
    logits, tokens = torch.randn(2, 3, 6), torch.tensor([[1, 4, 5, 2], [1, 3, 2, 0]])
    log = torch.log_softmax(logits, 2)
    total = 0.0
    for row, place in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1)):
        right = float(log[row, place, tokens[row, place + 1]])
        total -= 0.9 * right + 0.1 * float(log[row, place].mean())
    assert float(cross_entropy(logits, tokens, 0.1)) == pytest.approx(total / 5, rel=1e-5)
