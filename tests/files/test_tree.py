"""Folders of any depth: looked through and removed without recursion, and no link is followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aacbench.files.atomic import sweep
from aacbench.files.tree import files_below, remove_tree

DEPTH = 1500


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder nested 1,500 deep, with a killed writer's leftover at the bottom."""
    root = tmp_path / "deep"
    root.mkdir()
    bottom = root
    for _ in range(DEPTH):
        bottom = bottom / "a"
        bottom.mkdir()
    (bottom / ".x.part").write_text("half")
    yield root
    remove_tree(root)  # what pytest itself cannot
    assert not root.exists()


def test_a_sweep_goes_to_the_bottom(deep: Path) -> None:
    assert files_below(deep)[0].name == ".x.part" and files_below(deep, "record.json") == []
    assert sweep(deep, older=0.0) == 1
    assert files_below(deep) == []


def test_folders_deeper_than_any_path_may_be_are_passed_over(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").write_text("x")
    here = os.getcwd()
    os.chdir(root)
    try:
        for _ in range(30):  # 30 x 250 bytes: more than a path's 4,096
            Path("b" * 250).mkdir()
            os.chdir("b" * 250)
    finally:
        os.chdir(here)
    assert [path.name for path in files_below(root)] == ["file"]
    inner = root
    with pytest.raises(OSError, match="File name too long"):
        remove_tree(root)
    os.chdir(inner)
    try:
        for _ in range(30):
            os.chdir("b" * 250)
        for _ in range(30):
            os.chdir("..")
            Path("b" * 250).rmdir()
    finally:
        os.chdir(here)


def test_links_are_neither_followed_nor_spared(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "link").symlink_to(kept)
    (tmp_path / "tree" / "sub" / "loop").symlink_to(tmp_path / "tree")
    assert [path.name for path in files_below(tmp_path / "tree")] == ["link", "loop"]
    with pytest.raises(NotADirectoryError):
        remove_tree(tmp_path / "tree" / "link")
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists() and (kept / "file").read_text() == "x"
    remove_tree(tmp_path / "absent")
