"""Small results kept: every flipped bit counts as absence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aacbench.files.kept_json import keep_json, kept_json


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.json"
    assert kept_json(path) is None
    keep_json(path, {"text": "A é 😀", "numbers": [1, 2.5, None]})
    assert kept_json(path) == {"text": "A é 😀", "numbers": [1, 2.5, None]}


def test_every_flipped_bit_is_absence_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    content = {"offset": 1024, "name": "a b"}
    keep_json(path, content)
    whole = path.read_bytes()
    for place in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        assert kept_json(path) in (None, content)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 100_000, b'{"check": 0, "content": 1}', b"\xff"])
def test_another_file_is_absence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.json").write_bytes(content)
    assert kept_json(tmp_path / "x.json") is None
    os.mkfifo(tmp_path / "pipe")
    assert kept_json(tmp_path / "pipe") is None
