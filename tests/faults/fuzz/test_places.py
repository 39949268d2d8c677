"""What lies where a file is wanted: links, loops, pipes, a terminal, folders. Nothing waits, and nobody is harmed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aacbench.errors import disk_error
from aacbench.files.arrays import ArrayCache
from aacbench.files.content import ContentIndex
from aacbench.files.download.revisions import pinned_commit
from aacbench.files.kept_json import kept_json
from aacbench.files.sealed import keep_sealed, read_sealed
from aacbench.files.tree import remove_tree
from aacbench.files.vectors import VectorStore
from aacbench.leaderboard.pages.build import build, check, write_pages
from aacbench.metrics.spice.parse_cache import FILE, TupleCache
from aacbench.sweep.settings import read_sweep
from tests.faults.fuzz.harness import outcome
from tests.faults.fuzz.test_documents import root as root  # a fixture
from tests.faults.tally import Outcome, Tally

pytestmark = pytest.mark.faults

Plant = Callable[[Path, Path], object]


@pytest.fixture
def terminal() -> Iterator[Path]:
    """A terminal of this test's own."""
    inner, outer = os.openpty()
    yield Path(os.ttyname(outer))
    os.close(inner)
    os.close(outer)


def plants(victim: Path, terminal: Path) -> dict[str, Callable[[Path], object]]:
    """Return what may lie at a path, by name: each puts it there."""
    return {
        "link": lambda path: path.symlink_to(victim),
        "dangling link": lambda path: path.symlink_to(victim.with_name("absent")),
        "loop": lambda path: path.symlink_to(path),
        "link to a terminal": lambda path: path.symlink_to(terminal),
        "link to a folder": lambda path: path.symlink_to(victim.parent),
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
        "empty": lambda path: path.touch(),
        "nothing": lambda path: None,
    }


def removed(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of somebody else's, which no command may change."""
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "victim"
    path.write_text("precious")
    path.chmod(0o640)
    return path


def unharmed(victim: Path) -> bool:
    return victim.read_text() == "precious" and victim.stat().st_mode & 0o777 == 0o640 and not victim.is_symlink()


BOARD_FILES = (
    "boards/toy.json", "results/toy/m/one-seed1.json", "results/toy/m/one-seed1.jsonl", "references/toy.jsonl",
    "claims.json", "presets.json", "reported/papers.json", "reported/rlssr.csv", "README.md", "index.html",
    "leaderboard.csv", ".README.md.part", "schema/board.v1.json", "results/toy/m/stranger.json",
    "boards/.toy.json.part",
)  # fmt: skip


@pytest.mark.parametrize("name", BOARD_FILES)
def test_in_a_board(name: str, tally: Tally, root: Path, victim: Path, terminal: Path) -> None:
    path = root / name
    write_pages(root)
    kept = path.read_bytes() if path.is_file() else None
    for how, plant in plants(victim, terminal).items():
        removed(path)
        path.parent.mkdir(exist_ok=True)
        plant(path)

        def used() -> None:
            build(root)
            for problem in check(root):
                assert len(problem.splitlines()) == 1, problem
            try:
                write_pages(root)
            except OSError as error:  # as the command line says it
                raise disk_error(error) from error

        ended = outcome(used)
        assert unharmed(victim), how
        tally("places: board", ended)
        removed(path)
        if kept is not None:
            path.write_bytes(kept)


def test_a_sweep(tally: Tally, tmp_path: Path, victim: Path, terminal: Path) -> None:
    path = tmp_path / "sweep.toml"
    for how, plant in plants(victim, terminal).items():
        removed(path)
        plant(path)
        assert outcome(lambda: read_sweep(path), path) == "message", how
        tally("places: sweep", "message")


def test_in_the_cache(
    tally: Tally, tmp_path: Path, victim: Path, terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("aacbench.files.sealed.user_state_path", lambda _: tmp_path / "state")
    arrays, folder = ArrayCache(tmp_path / "arrays"), tmp_path / "cache"
    folder.mkdir()
    (folder / "a.wav").write_bytes(b"sound")
    arrays.put("abc", [np.ones(3, np.float32)])
    vectors = VectorStore(folder / "v.sqlite")
    sentence: dict[str, list[tuple[str, ...]]] = {"a dog barks": [("dog",)]}

    def content() -> object:
        return ContentIndex(folder / "index.jsonl").key(folder / "a.wav")

    def tuples() -> object:
        store = TupleCache("v", folder)
        store.put(sentence)
        return store.get(["a dog barks"])

    right = content()
    uses: dict[str, tuple[Path, Callable[[], object], Callable[[object], bool]]] = {
        "arrays": (arrays.path("abc"), lambda: arrays.get("abc"), lambda found: found is None),
        "contents": (folder / "index.jsonl", content, lambda found: found == right),
        "parses": (folder / FILE, tuples, lambda found: found in ({}, sentence)),
        "sealed": (folder / "k.sealed", lambda: read_sealed(folder / "k.sealed"), lambda found: found is None),
        "vectors": (vectors.path, lambda: vectors.get(["a"]), lambda found: found == {}),
        "kept": (folder / "kept.json", lambda: kept_json(folder / "kept.json"), lambda found: found is None),
        "commit": (tmp_path / "home/hub/a--b.commit", lambda: pinned_commit("a/b"), lambda found: found is None),
    }
    keep_sealed(folder / "other.sealed", b"x")  # so that there is a key
    for what, (path, use, _) in uses.items():
        for how, plant in plants(victim, terminal).items():
            removed(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            plant(path)

            def judged(what: str = what, how: str = how, use: Callable[[], object] = use) -> None:
                import warnings

                with warnings.catch_warnings(action="ignore"):
                    found = use()
                assert uses[what][2](found), (what, how, found)

            ended: Outcome = outcome(judged)
            assert unharmed(victim), (what, how)
            tally("places: cache", "recovery" if ended == "harmless" else ended)
            for aside in path.parent.glob(f"{path.name}.damaged*"):
                removed(aside)
        removed(path)


def test_a_board_with_folders_1500_deep(tally: Tally, root: Path) -> None:
    for place in (root / "results/toy", root / "boards"):
        bottom = place
        for _ in range(1500):
            bottom = bottom / "a"
            bottom.mkdir()
        (bottom / "x.json").write_text("{}")
        try:
            found = check(root)
            assert any("x.json" in problem for problem in found) and all(len(one.splitlines()) == 1 for one in found)
            tally("places: board", outcome(lambda: build(root)))
        finally:
            remove_tree(place / "a")
