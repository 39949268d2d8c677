"""Weight files in the forms that training scripts leave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from aacbench.models.checkpoint import read_tensors


@pytest.mark.parametrize("outer", [None, "model"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_wrapped_networks_weights_and_a_samplers_state(tmp_path: Path, outer: str | None, prefix: str) -> None:
    weights = {f"{prefix}conv.weight": torch.ones(2), f"{prefix}module.bias": torch.zeros(2)}
    state = {"iteration": np.int64(3), "sampler": {"state": np.random.RandomState(0).get_state()}}
    torch.save({outer: weights, **state} if outer else weights, tmp_path / "a.pth")
    assert list(read_tensors(tmp_path / "a.pth", outer)) == ["conv.weight", "module.bias"]


def test_names_that_do_not_all_begin_so_stay(tmp_path: Path) -> None:
    torch.save({"module.weight": torch.ones(2), "bias": torch.zeros(2)}, tmp_path / "a.pth")
    assert list(read_tensors(tmp_path / "a.pth")) == ["module.weight", "bias"]
