"""All tensors of a loaded batch go into page-locked memory, whatever holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from aacbench.training import pinned as module
from aacbench.training.pinned import pinned, pinning


class Pair(NamedTuple):
    """Two of a batch."""

    features: Tensor
    name: str


@dataclass(frozen=True)
class Batch:
    """A batch."""

    pair: Pair
    rows: list[Tensor]
    named: dict[str, Tensor]
    clips: tuple[int, ...]


def test_every_tensor_is_pinned_and_all_else_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def moved_to(tensor: Tensor) -> Tensor:
        seen.append(tensor)
        return tensor + 1

    monkeypatch.setattr(Tensor, "pin_memory", moved_to)
    batch = Batch(Pair(torch.zeros(2), "a"), [torch.ones(1), torch.ones(3)], {"x": torch.zeros(1)}, (4, 5))
    moved = pinned(batch)
    assert len(seen) == 4
    assert moved.pair.features.tolist() == [1, 1] and moved.pair.name == "a" and moved.clips == (4, 5)
    assert [row.tolist() for row in moved.rows] == [[2], [2, 2, 2]] and moved.named["x"].tolist() == [1]


def test_a_processor_reads_batches_as_they_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(batch: int) -> Tensor:
        return torch.full((1,), batch)

    assert pinning(load, "cpu") is load
    monkeypatch.setattr(module, "pinned", lambda batch: (batch, "pinned"))
    assert pinning(load, "cuda:1")(3) == (torch.tensor([3]), "pinned")
