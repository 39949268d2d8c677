"""Bidirectional layers on a processor: what packing gives, in outputs, gradients and dropout."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from aacbench.models.layers import bidirectional
from aacbench.models.layers.bidirectional import run_bidirectional


def packed(layers: Any, frames: Tensor, lengths: Tensor) -> Tensor:
    sequence = pack_padded_sequence(frames, lengths, batch_first=True, enforce_sorted=False)
    out: Tensor = pad_packed_sequence(layers(sequence)[0], batch_first=True, total_length=frames.shape[1])[0]
    return out


def gradients(layers: nn.Module, frames: Tensor, out: Tensor, direction: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad((out * direction).sum(), [frames, *layers.parameters()]))


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("lengths", [[5, 9, 1], [9, 9, 9], [3, 1, 2], [1, 1, 1]])
def test_outputs_and_gradients_are_those_of_packing(cell: Any, count: int, lengths: list[int]) -> None:
    torch.manual_seed(0)
    layers = cell(6, 16, count, batch_first=True, bidirectional=True)
    frames, direction = torch.randn(3, 9, 6, requires_grad=True), torch.randn(3, 9, 32)
    ours, theirs = (run(layers, frames, torch.tensor(lengths)) for run in (run_bidirectional, packed))
    assert all(not ours[clip, length:].any() for clip, length in enumerate(lengths))
    torch.testing.assert_close(ours, theirs)
    pairs = zip(*(gradients(layers, frames, out, direction) for out in (ours, theirs)), strict=True)
    for found, wanted in pairs:
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_what_stands_in_padding_is_in_no_gradient(cell: Any) -> None:
    torch.manual_seed(0)
    layers, lengths = cell(6, 4, 2, batch_first=True, bidirectional=True), torch.tensor([4, 7])
    frames = torch.randn(2, 7, 6)
    frames[0, 4:] = torch.nan
    frames.requires_grad_()
    out = run_bidirectional(layers, frames, lengths)
    found = gradients(layers, frames, out, torch.ones_like(out))
    assert all(bool(gradient.isfinite().all()) for gradient in found)
    assert not found[0][0, 4:].any()


def test_dropout_is_between_layers_and_only_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    layers, lengths = nn.LSTM(6, 4, 2, batch_first=True, bidirectional=True, dropout=0.5), torch.tensor([3, 5])
    frames, kept = torch.randn(2, 5, 6), 2.0 * (torch.rand(2, 5, 8) < 0.5)
    calls = []

    def fixed(values: Tensor, rate: float, training: bool) -> Tensor:
        calls.append((rate, training))
        return values * kept if training else values

    torch.testing.assert_close(run_bidirectional(layers.eval(), frames, lengths), packed(layers, frames, lengths))
    monkeypatch.setattr(bidirectional, "dropout", fixed)
    ours = run_bidirectional(layers.train(), frames, lengths)
    assert calls == [(0.5, True)]
    single = [nn.LSTM(size, 4, batch_first=True, bidirectional=True) for size in (6, 8)]
    for index, layer in enumerate(single):
        layer.load_state_dict(
            {name: layers.state_dict()[name.replace("_l0", f"_l{index}")] for name in layer.state_dict()}
        )
    torch.testing.assert_close(ours, packed(single[1], packed(single[0], frames, lengths) * kept, lengths))


def test_a_seed_draws_the_same_dropout_again() -> None:
    torch.manual_seed(0)
    layers, frames = nn.GRU(6, 4, 2, batch_first=True, bidirectional=True, dropout=0.5), torch.randn(2, 5, 6)
    runs = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        runs.append(run_bidirectional(layers, frames, torch.tensor([3, 5])))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_a_processor_packs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> PackedSequence:
        raise AssertionError("packed")

    monkeypatch.setattr(bidirectional, "pack_padded_sequence", refuse)
    layers = nn.LSTM(6, 4, batch_first=True, bidirectional=True)
    assert run_bidirectional(layers, torch.randn(2, 5, 6), torch.tensor([3, 5])).shape == (2, 5, 8)
