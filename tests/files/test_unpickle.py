"""Torch files of others: what checkpoints carry besides weights is read, code and false sizes are not."""

from __future__ import annotations

import io
import os
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aacbench.errors import UserError
from aacbench.files.unpickle import unpickle


def saved(path: Path, value: object, **how: Any) -> Path:
    torch.save(value, path, **how)
    return path


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    "extra",
    [
        np.int64(3),
        np.float32(0.5),
        np.float64(0.25),
        np.bool_(True),
        np.str_("cnn10"),
        np.arange(6, dtype=np.uint32).reshape(2, 3),
        np.array(["dog", "cat"]),
        np.array(["dog", None, 3], dtype=object),
        np.zeros((0, 4)),
        np.random.RandomState(0).get_state(),
        np.random.default_rng(0).bit_generator.state,
        random.Random(0).getstate(),
        torch.optim.Adam([torch.zeros(1)]).state_dict(),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'dtype', '')}",
)
def test_checkpoints_with_numpy_inside(tmp_path: Path, extra: object, legacy: bool) -> None:
    """Field case 25, and what else a trainer's state holds."""
    stored = {"model": {"weight": torch.arange(4.0)}, "extra": extra}
    loaded = unpickle(saved(tmp_path / "a.pth", stored, _use_new_zipfile_serialization=not legacy))
    assert torch.equal(loaded["model"]["weight"], torch.arange(4.0))
    assert repr(loaded["extra"]) == repr(extra)


def test_numpys_names_before_its_second_version(tmp_path: Path) -> None:
    stream = io.BytesIO()
    torch.save({"a": np.int64(3), "b": np.arange(3)}, stream, _use_new_zipfile_serialization=False)
    path = tmp_path / "old.pth"
    path.write_bytes(stream.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    loaded = unpickle(path)
    assert loaded["a"] == 3
    assert loaded["b"].tolist() == [0, 1, 2]


class Planted:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize(
    "planted",
    [
        Planted(os.system, "touch planted"),
        Planted(eval, "1"),
        Planted(np.ndarray([0]).__reduce__()[0], np.ndarray, (10**12,), b"b"),
        Planted(np.load, "a.npy", None, True),
        Planted(np.fromfile, "a.npy"),
        Planted(pickle.loads, b"N."),
        Planted(bytes, 10**9),
    ],
    ids=["system", "eval", "huge", "load", "fromfile", "loads", "bytes"],
)
def test_code_and_false_sizes_are_refused(tmp_path: Path, planted: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = saved(tmp_path / "a.pth", {"model": planted})
    with pytest.raises(UserError, match="no readable weights file"):
        unpickle(path)
    assert os.listdir(tmp_path) == ["a.pth"]
