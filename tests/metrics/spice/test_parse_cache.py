"""The store of tuples: kept, shared by processes, mended when damaged, done without where nothing can be written."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from aacbench.metrics.spice.parse_cache import CHUNK, FILE, TupleCache
from aacbench.metrics.spice.tuples import Fact

ROOT = Path(__file__).parents[3]
FACTS: dict[str, list[Fact]] = {
    "a dog barks": [("dog", "bark"), ("dog",)],
    "": [],
    "naïve “quotes”": [("é", "in front of", "ü")],
}


def test_tuples_come_back_as_they_were(tmp_path: Path) -> None:
    TupleCache("v", tmp_path).put(FACTS)
    again = TupleCache("v", tmp_path)
    assert again.get([*FACTS, "unknown", "a dog barks"]) == FACTS


def test_versions_do_not_mix(tmp_path: Path) -> None:
    TupleCache("v", tmp_path).put(FACTS)
    assert TupleCache("w", tmp_path).get(list(FACTS)) == {}


def test_an_empty_store_knows_nothing(tmp_path: Path) -> None:
    assert TupleCache("v", tmp_path).get(["a", "b"]) == {}
    assert TupleCache("v", tmp_path).get([]) == {}


def test_more_sentences_than_a_query_holds(tmp_path: Path) -> None:
    many: dict[str, list[Fact]] = {f"caption {number}": [(str(number),)] for number in range(2 * CHUNK + 1)}
    TupleCache("v", tmp_path).put(many)
    assert TupleCache("v", tmp_path).get(list(many)) == many


def test_the_default_place_is_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "home"))
    TupleCache("v").put(FACTS)
    assert (tmp_path / "home" / "spice" / FILE).is_file()


@pytest.mark.parametrize("content", [b"no database at all, just some text" * 100, b"\0" * 4096])
def test_a_damaged_store_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    store = TupleCache("v", tmp_path)
    with pytest.warns(RuntimeWarning, match="was damaged"):
        assert store.get(list(FACTS)) == {}
    store.put(FACTS)
    assert TupleCache("v", tmp_path).get(list(FACTS)) == FACTS
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_torn_store_is_begun_anew(tmp_path: Path) -> None:
    many: dict[str, list[Fact]] = {f"caption {number}": [("x" * 200,)] for number in range(500)}
    TupleCache("v", tmp_path).put(many)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    store = TupleCache("v", tmp_path)
    with pytest.warns(RuntimeWarning, match="was damaged"):
        assert store.get(list(many)) == {}
    store.put(many)
    assert TupleCache("v", tmp_path).get(list(many)) == many


@pytest.mark.parametrize(
    "change", ["facts = '{'", "facts = replace(facts, 'a', 'o')", "sentence = upper(sentence)", "version = 'w'"]
)
def test_an_altered_row_counts_as_absent_and_is_written_again(tmp_path: Path, change: str) -> None:
    import sqlite3

    facts: dict[str, list[Fact]] = {"a cat": [("cat",)], "A CAT": [("puma",)]}
    TupleCache("v", tmp_path).put({"a cat": [("cat",)]})
    store = sqlite3.connect(tmp_path / FILE)
    with store:
        store.execute(f"UPDATE tuples SET {change}")
    store.close()
    for version in ("v", "w"):
        assert TupleCache(version, tmp_path).get(list(facts)) == {}
        TupleCache(version, tmp_path).put(facts)
        assert TupleCache(version, tmp_path).get(list(facts)) == facts


def test_without_a_place_to_write_tuples_stay_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.warns(RuntimeWarning, match="kept in memory only") as caught:
        store = TupleCache("v", tmp_path / "file" / "folder")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.put(FACTS)
        assert store.get(list(FACTS)) == FACTS
    assert len(caught) == 1


def test_a_store_that_cannot_be_opened_warns_once(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    store = TupleCache("v", tmp_path)
    with pytest.warns(RuntimeWarning, match="kept in memory only"):
        store.put(FACTS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store.put({"more": [("x",)]})
        assert store.get([*FACTS, "more"]) == {**FACTS, "more": [("x",)]}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_store_is_still_read(tmp_path: Path) -> None:
    TupleCache("v", tmp_path).put(FACTS)
    (tmp_path / FILE).chmod(0o444)
    tmp_path.chmod(0o555)
    store = TupleCache("v", tmp_path)
    assert store.get(list(FACTS)) == FACTS
    with pytest.warns(RuntimeWarning, match="kept in memory only"):
        store.put({"more": [("x",)]})
    tmp_path.chmod(0o755)


def test_processes_write_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from aacbench.metrics.spice.parse_cache import TupleCache\n"
        "store = TupleCache('v', Path(sys.argv[1])); me = int(sys.argv[2])\n"
        "for number in range(40): store.put({f'{number + 20 * me}': [(f'{number + 20 * me}',)]})"
    )
    writers = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", code, str(tmp_path), str(me)], cwd=ROOT)
        for me in range(4)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
    expected: dict[str, list[Fact]] = {str(number): [(str(number),)] for number in range(100)}
    assert TupleCache("v", tmp_path).get(list(expected)) == expected
