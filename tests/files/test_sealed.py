"""What is kept under the user's seal comes back; what is altered, planted or another's counts as absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aacbench.files import sealed
from aacbench.files.sealed import keep_sealed, read_sealed


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    folder = tmp_path / "state"
    monkeypatch.setattr(sealed, "user_state_path", lambda name: folder)
    return folder


def test_what_is_kept_comes_back(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "code.sealed"
    assert read_sealed(path) is None
    assert keep_sealed(path, b"machine code")
    assert read_sealed(path) == b"machine code"
    assert (state / "seal.key").stat().st_mode & 0o777 == 0o600


def test_every_flipped_bit_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "code.sealed"
    keep_sealed(path, b"machine code")
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        path.write_bytes(bytes(altered))
        assert read_sealed(path) is None


@pytest.mark.parametrize("length", [0, 1, 31, 32, 40])
def test_a_file_cut_short_is_absent(tmp_path: Path, length: int) -> None:
    path = tmp_path / "code.sealed"
    keep_sealed(path, b"machine code")
    path.write_bytes(path.read_bytes()[:length])
    assert read_sealed(path) is None


def test_a_file_under_another_name_or_key_is_absent(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "code.sealed", tmp_path / "other.sealed"
    keep_sealed(path, b"machine code")
    other.write_bytes(path.read_bytes())
    assert read_sealed(other) is None
    monkeypatch.setattr(sealed, "user_state_path", lambda name: tmp_path / "somebody")
    assert read_sealed(path) is None


def test_a_key_that_others_may_read_is_no_key(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "code.sealed"
    keep_sealed(path, b"machine code")
    (state / "seal.key").chmod(0o644)
    assert read_sealed(path) is None
    assert not keep_sealed(path, b"machine code")


def test_a_linked_key_is_no_key(tmp_path: Path, state: Path) -> None:
    state.mkdir()
    planted = tmp_path / "planted"
    planted.write_bytes(bytes(32))
    planted.chmod(0o600)
    os.symlink(planted, state / "seal.key")
    assert not keep_sealed(tmp_path / "code.sealed", b"machine code")


def test_without_a_place_for_the_key_nothing_is_kept(tmp_path: Path, state: Path) -> None:
    state.write_text("a file where the folder would be")
    assert not keep_sealed(tmp_path / "code.sealed", b"machine code")
    assert read_sealed(tmp_path / "code.sealed") is None
