"""Pickles of plain values: read; those that would run something, damaged and huge ones: refused."""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

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
    ],
)
def test_refused(content: bytes, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.pkl").write_bytes(content)
    with pytest.raises(UserError, match=message):
        load_plain(tmp_path / "x.pkl", 1000)
    assert not (tmp_path / "harm").exists()
