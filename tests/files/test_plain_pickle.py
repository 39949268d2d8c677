"""Pickles of plain values: read; those that would run something, damaged and huge ones: refused."""

from __future__ import annotations

import os
import pickle
import tracemalloc
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aacbench.errors import UserError
from aacbench.files.plain_pickle import load_plain


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("harm",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values(protocol: int, tmp_path: Path) -> None:
    value = OrderedDict(a="rain", b=["wind", ("snow", 3, 0.5, None, True)])
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(value, protocol))
    assert load_plain(tmp_path / "x.pkl", 1000) == value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps(Harmful()), "only plain containers"),
        (pickle.dumps({"a": "b" * 2000}), "more than 1,000 bytes"),
        (b"", "no pickle"),
        (b"\x80\x05cos\nsystem\n.", "only plain containers"),
        (pickle.dumps({"a": "rain"})[:-4], "no pickle"),
        (b"\x80\x05\x96" + (2**45).to_bytes(8, "little") + b".", "no pickle"),  # a byte array of 32 TB
        (b"\x80\x05\x8d" + (2**45).to_bytes(8, "little") + b".", "no pickle"),  # a text
        (b"\x80\x05\x95" + (2**45).to_bytes(8, "little") + b".", "no pickle"),  # a frame
    ],
)
def test_refused(content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pkl").write_bytes(content)
    with pytest.raises(UserError, match=message):
        load_plain(tmp_path / "x.pkl", 1000)
    assert not (tmp_path / "harm").exists()


def test_the_number_of_a_value_is_no_size(tmp_path: Path) -> None:
    """The reader in C makes room for four billion values where one is called the four billionth."""
    (tmp_path / "x.pkl").write_bytes(b"\x80\x02}r" + (2**32 - 1).to_bytes(4, "little") + b".")
    tracemalloc.start()
    assert load_plain(tmp_path / "x.pkl", 1000) == {}
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_damage_of_any_kind(tmp_path: Path) -> None:
    whole = pickle.dumps({f"0700{number}": f"Rain {number}" for number in range(20)})
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(2000):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = rng.integers(256)
        (tmp_path / "x.pkl").write_bytes(damaged)
        try:
            load_plain(tmp_path / "x.pkl", 10_000)
        except UserError:
            refused += 1
    assert refused > 100
