"""Compiled kernels between processes: found again, compiled anew on any doubt, nothing planted is run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacbench.files import sealed
from aacbench.files.sealed import keep_sealed
from aacbench.metrics.meteor.compiled import Compiled


def double(values: Any) -> None:
    for place in range(len(values)):
        values[place] *= 2


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache and a key of the test's own; returns the folder that kernels are kept in."""
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sealed, "user_state_path", lambda name: tmp_path / "state")
    return tmp_path / "home" / "meteor"


def called(kernels: Compiled) -> tuple[int, list[int]]:
    """Return how many functions were compiled, not found, and what the function did."""
    values = np.array([1, 2, 3])
    kernel: Any = kernels.ready([values])
    kernel(values)
    return sum(kernel.stats.cache_misses.values()), values.tolist()


def test_the_second_process_finds_them(caches: Path) -> None:
    assert called(Compiled(double)) == (1, [2, 4, 6])
    assert len(list(caches.glob("*.sealed"))) == 1
    assert called(Compiled(double)) == (0, [2, 4, 6])


class Planted:
    """What runs when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "planted", "old form"])
def test_what_was_not_sealed_here_is_not_read(caches: Path, tmp_path: Path, how: str) -> None:
    called(Compiled(double))
    (path,) = caches.glob("*.sealed")
    whole = path.read_bytes()
    mark = tmp_path / "it ran"
    if how == "flipped":
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    elif how == "planted":
        path.write_bytes(whole[:32] + b'{"x.nbi": 1}\n' + pickle.dumps(Planted(mark)))
    elif how == "old form":  # numba's own files in the shared folder, as they once were
        (caches.parent / "numba").mkdir()
        (caches.parent / "numba" / "kernels._pair_block-1.py311.nbi").write_bytes(pickle.dumps(Planted(mark)))
    else:
        path.write_bytes(b"" if how == "empty" else whole[:1000])
    assert called(Compiled(double))[1] == [2, 4, 6]
    assert not mark.exists()
    assert called(Compiled(double)) == (0, [2, 4, 6])  # kept anew


def test_what_is_sealed_but_damaged_inside_is_compiled_anew(caches: Path) -> None:
    called(Compiled(double))
    (path,) = caches.glob("*.sealed")
    keep_sealed(path, b'{"double.nbi": 3}\nabc')
    assert called(Compiled(double)) == (1, [2, 4, 6])
