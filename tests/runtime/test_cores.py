"""Pieces of work, one core each."""

from __future__ import annotations

import os
import threading

import pytest
import torch

from aacbench.runtime import cores as module
from aacbench.runtime.cores import cores, each_on_a_core


def test_results_keep_their_order_and_torch_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 2)
    before, counts = torch.get_num_threads(), list[int]()
    done = list[int]()

    def work(piece: int) -> int:
        assert piece == 0 or 0 in done  # the first comes alone
        counts.append(torch.get_num_threads())
        done.append(piece)
        return piece * piece

    torch.set_num_threads(2)
    try:
        assert each_on_a_core(work, range(20), "cpu") == [piece * piece for piece in range(20)]
        assert set(counts) == {1} and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(("device", "pieces"), [("cuda:0", 9), ("cpu", 2), ("cpu", 0)])
def test_other_devices_and_little_work_need_no_threads(device: str, pieces: int) -> None:
    here = threading.get_ident()
    assert each_on_a_core(lambda _: threading.get_ident(), range(pieces), device) == [here] * pieces


def test_an_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        each_on_a_core(lambda piece: 1 // (piece - 5), range(9), "cpu")


def test_cores_are_those_of_this_process() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
