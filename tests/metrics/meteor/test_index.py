"""The compiled index: built from small sources, found damaged and rebuilt, safe for two processes at once."""

from __future__ import annotations

import gzip
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aacbench.errors import UserError
from aacbench.metrics.meteor import ahead
from aacbench.metrics.meteor import index as index_module
from aacbench.metrics.meteor.index import Index, load_index
from aacbench.metrics.meteor.phrases import compile_table
from aacbench.metrics.meteor.resources import find_sources

ENTRIES = [
    ("a b", "c"),
    ("a b", "supercalifragilistic d e"),
    ("a", "b"),
    ("supercalifragilistic", "a b c d e f g"),
    ("c", "a b"),
]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small stand-in for the installed package, first on the path, and a cache of its own."""
    folder = tmp_path / "site" / "pycocoevalcap"
    (folder / "meteor" / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('must not be imported')\n")
    lines = [line for source, target in ENTRIES for line in ("0.5", source, target)]
    with gzip.open(folder / "meteor" / "data" / "paraphrase-en.gz", "wt") as file:
        file.write("\n".join(lines) + "\n")
    with zipfile.ZipFile(folder / "meteor" / "meteor-1.5.jar", "w") as jar:
        jar.writestr("synonym/english.synsets", "dog\n1 2\nhound\n2\nto_run\n3\n")
        jar.writestr("synonym/english.exceptions", "dog\ndoggen\n")
        jar.writestr("function/english.words", "the\nof\n")
        jar.writestr("nonbreaking/english.prefixes", "# titles\nMr\nNo #NUMERIC_ONLY#\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "pycocoevalcap", raising=False)
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(ahead, "cores", lambda: 1)  # the kernels, which no index needs, are not compiled beside it
    load_index.cache_clear()
    yield folder
    load_index.cache_clear()


def _index_file(installed: Path) -> Path:
    files = list((installed.parents[1] / "home" / "meteor").glob("*.index"))
    assert len(files) == 1
    return files[0]


def _equal(first: Index, second: Index) -> bool:
    return np.array_equal(first.keys, second.keys) and np.array_equal(first.pairs, second.pairs)


def test_table_can_be_read_back(installed: Path) -> None:
    fractions: list[float] = []
    table = compile_table(find_sources().paraphrases, fractions.append)
    bounds = [*table.levels[1:].tolist()]

    def spell(node: int) -> str:
        level = next(number for number, bound in enumerate(bounds) if node < bound)
        parent, word = divmod(int(table.keys[node]), len(table.words))
        head = spell(parent) + " " if level else ""
        return head + table.words[word if level else int(table.keys[node])].decode()

    read = {
        spell(int(source)): [spell(int(node)) for node in table.pairs[table.starts[row] : table.starts[row + 1]]]
        for row, source in enumerate(table.sources)
    }
    wanted: dict[str, list[str]] = {}
    for source, target in ENTRIES:
        wanted.setdefault(source, []).append(target)
    assert read == wanted
    assert fractions == sorted(fractions)


def test_index_holds_words_and_lists(installed: Path) -> None:
    index = load_index()
    assert index.function_words == {"the", "of"}
    assert index.prefixes == {"Mr": False, "No": True}
    place, absent = index.find(np.array([b"doggen", b"zebra"]))
    assert absent == -1
    assert index.irregular[place]
    assert index.words[index.bases[index.base_starts[place]]] == b"dog"


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other"])
def test_damaged_index_is_rebuilt(installed: Path, damage: str) -> None:
    before = load_index()
    path = _index_file(installed)
    content = bytearray(path.read_bytes())
    path.unlink()
    content[-200] ^= 1
    damaged: dict[str, bytes] = {
        "cut": bytes(content[: len(content) // 2]),
        "changed": bytes(content),
        "empty": b"",
        "other": b"x" * 4096,
    }
    path.write_bytes(damaged[damage])
    load_index.cache_clear()
    assert _equal(load_index(), before)
    load_index.cache_clear()
    assert _equal(load_index(), before)


def test_second_start_does_not_build(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_index()
    load_index.cache_clear()
    monkeypatch.setattr(index_module, "compile_table", None)
    load_index()


def test_two_processes_at_once(installed: Path) -> None:
    code = "from aacbench.metrics.meteor.index import load_index; print(len(load_index().pairs))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed.parent), *sys.path])}
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate()[0].strip() for process in both] == [str(len(ENTRIES))] * 2
    _index_file(installed)


def test_damaged_table_is_named(installed: Path) -> None:
    path = installed / "meteor" / "data" / "paraphrase-en.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(UserError, match="damaged"):
        load_index()


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="pip install pycocoevalcap"):
        find_sources()


def test_missing_file_is_named(installed: Path) -> None:
    (installed / "meteor" / "meteor-1.5.jar").unlink()
    with pytest.raises(UserError, match=r"meteor-1\.5\.jar, which is missing"):
        find_sources()
