"""Vectors on disk: found again by text, lost without harm."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aacbench.files.vectors import VectorStore


def test_vectors_are_found_again(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "deep" / "vectors.sqlite")
    assert store.get(["a"]) == {}
    rows = {f"text {number}": np.arange(3, dtype=np.float32) + number for number in range(1200)}
    store.put(rows)
    found = VectorStore(store.path).get([*rows, "other"])
    assert found.keys() == rows.keys()
    assert all(np.array_equal(found[text], row) for text, row in rows.items())


def test_a_damaged_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_bytes(b"no database at all, but long enough to be one" * 40)
    store = VectorStore(path)
    assert store.get(["a"]) == {}
    store.put({"a": np.ones(2, np.float32)})
    assert store.get(["a"])["a"].tolist() == [1, 1]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    VectorStore(tmp_path / "file" / "vectors.sqlite").put({"a": np.ones(2, np.float32)})


def test_a_flipped_bit_is_absence(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "v.sqlite")
    right = {f"text {number}": np.linspace(0, number, 8, dtype=np.float32) for number in range(4)}
    store.put(right)
    whole = store.path.read_bytes()
    seen = 0
    for place in range(0, 8 * len(whole), 37):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        store.path.write_bytes(changed)
        found = store.get(right)
        seen += len(found) < len(right)
        assert all(np.array_equal(row, right[text]) for text, row in found.items())
    assert seen > 20
