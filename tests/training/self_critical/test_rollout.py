"""Rollouts: greedy ones equal greedy search, drawn ones follow the policy, masks end with the first EOS."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from aacbench.contracts import Decoder
from aacbench.inference.search import search
from aacbench.inference.settings import SearchSettings
from aacbench.models.decoders.gru_attention import GruAttentionDecoder
from aacbench.models.decoders.transformer import TransformerDecoder
from aacbench.text.vocabulary import BOS, EOS, PAD, UNK
from aacbench.training.self_critical.rollout import (
    caption_mask,
    gradients_in_evaluation,
    log_probabilities,
    policy,
    roll,
)
from aacbench.types import Encoded

DECODERS = [
    lambda: GruAttentionDecoder(9, 4, dim=8, embedding_dim=5, attention_dim=7),
    lambda: TransformerDecoder(9, 4, dim=8, layers=2, heads=2, feed_forward=16),
]


@pytest.fixture(params=DECODERS, ids=["gru-attention", "transformer"])
def decoder(request: pytest.FixtureRequest) -> Decoder:
    torch.manual_seed(1)
    made: Decoder = request.param().eval()
    with torch.no_grad():
        made.classifier.weight.mul_(4.0)  # type: ignore[attr-defined]  # far from uniform
    return made


def audio(count: int = 6) -> Encoded:
    generator = torch.Generator().manual_seed(2)
    frames = torch.randn(count, 6, 4, generator=generator)
    return Encoded(frames, torch.arange(count) % 6 + 1, torch.zeros(count, 1))


def rows(tokens: Tensor) -> list[list[int]]:
    return [[token for token in row if token not in (EOS, PAD)] for row in tokens.tolist()]


def test_greedy_rows_equal_greedy_search(decoder: Decoder) -> None:
    tokens, _ = roll(decoder, audio(), torch.ones(6, dtype=torch.bool), 12)
    found, _ = search(decoder, audio(), SearchSettings(beam_size=1, max_words=12, stop="beam-finished"))
    assert rows(tokens) == found


def test_greedy_rows_do_not_depend_on_the_drawn_ones_beside_them(decoder: Decoder) -> None:
    alone, _ = roll(decoder, audio(), torch.ones(6, dtype=torch.bool), 12)
    both = audio().select(torch.tensor([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]))
    mixed, _ = roll(decoder, both, torch.arange(12) >= 6, 12)
    assert rows(mixed[6:]) == rows(alone)
    assert rows(mixed[:6]) != rows(alone)


def test_teacher_forcing_gives_the_log_probabilities_of_the_rollout(decoder: Decoder) -> None:
    torch.manual_seed(3)
    tokens, chosen = roll(decoder, audio(), torch.arange(6) >= 4, 12, temperature=1.7)
    again = log_probabilities(decoder, audio(), tokens, temperature=1.7)
    mask = caption_mask(tokens)
    assert mask.sum() > 6
    torch.testing.assert_close(again[mask], chosen[mask])
    assert bool(torch.isfinite(again).all())


def test_captions_hold_only_words_and_end_once(decoder: Decoder) -> None:
    torch.manual_seed(4)
    many = audio().select(torch.arange(6).repeat_interleave(50))
    tokens, _ = roll(decoder, many, torch.zeros(300, dtype=torch.bool), 8)
    assert tokens.shape[1] <= 8
    ended = 0
    for row in tokens.tolist():
        assert BOS not in row
        assert UNK not in row
        assert row[0] not in (EOS, PAD)
        if EOS in row:
            ended += 1
            assert set(row[row.index(EOS) + 1 :]) <= {PAD}
        else:
            assert PAD not in row
    assert ended > 0


def test_draws_follow_the_policy(decoder: Decoder) -> None:
    torch.manual_seed(5)
    one = audio(1).select(torch.zeros(20000, dtype=torch.long))
    tokens, _ = roll(decoder, one, torch.zeros(20000, dtype=torch.bool), 1, temperature=0.8)
    share = torch.bincount(tokens[:, 0], minlength=9) / 20000
    logits, _ = decoder.step(torch.tensor([BOS]), decoder.start(audio(1)))
    wanted = policy(logits, True, 0.8)[0].exp()
    assert wanted[[PAD, BOS, UNK, EOS]].tolist() == [0.0] * 4
    assert (share - wanted).abs().max() < 0.02
    open_ = torch.softmax(logits[0, [EOS, 4, 5, 6, 7, 8]], 0)
    torch.testing.assert_close(policy(logits, False)[0, [EOS, 4, 5, 6, 7, 8]].exp(), open_)


def test_mask_reaches_the_first_end() -> None:
    tokens = torch.tensor([[5, 6, EOS, PAD], [EOS, PAD, PAD, PAD], [5, 6, 7, 8], [5, EOS, EOS, 6], [5, PAD, 6, EOS]])
    assert caption_mask(tokens).int().tolist() == [
        [1, 1, 1, 0],
        [1, 0, 0, 0],
        [1, 1, 1, 1],
        [1, 1, 0, 0],
        [1, 0, 0, 0],
    ]


def test_recurrent_layers_are_put_back_into_evaluation_mode() -> None:
    model = nn.Sequential(nn.Dropout(0.5), nn.GRU(3, 3, num_layers=2, dropout=0.5)).eval()
    data = torch.randn(5, 2, 3)
    wanted = model(data)[0]
    with gradients_in_evaluation(model):
        assert [module.training for module in model] == [False, True]
        torch.testing.assert_close(model(data)[0], wanted)
    assert not any(module.training for module in model.modules())
    assert isinstance(model[1], nn.GRU)
    assert model[1].dropout == 0.5
