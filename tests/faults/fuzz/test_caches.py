"""Caches, notes and logs that aacbench keeps: what is damaged counts as absent, and nothing is believed half."""

from __future__ import annotations

import json
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from aacbench.contracts import TrackedRun
from aacbench.datasets.shared.remote import RemoteFile, unpacked
from aacbench.files.arrays import ArrayCache
from aacbench.files.content import ContentIndex
from aacbench.leaderboard.store.references import shipped_references
from aacbench.metrics.spice.parse_cache import FILE, TupleCache
from aacbench.trackers.jsonl import JsonLines
from tests.faults.fuzz.harness import fuzz, outcome
from tests.faults.fuzz.mutations import byte_changes, json_files, json_lines
from tests.faults.tally import Outcome, Tally

pytestmark = pytest.mark.faults

ARRAYS = (np.arange(12, dtype=np.float32).reshape(3, 4), np.ones(2, np.int64))


def _sealed(content: bytes, count: int) -> bytes:
    """Return arrays' records with a trailer that is right, whatever they are."""
    check = zlib.crc32(count.to_bytes(4, "little"), zlib.crc32(content))
    return content + struct.pack("<8sII", b"AACBARR1", count, check)


def test_arrays(tally: Tally, tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    cache.put("abc", ARRAYS)
    path = cache.path("abc")
    whole = path.read_bytes()
    records = byte_changes(whole[:-16])
    headers = st.sampled_from((b"|O", b"<f8", b"(3, 4)", b"<f4")).flatmap(
        lambda old: st.sampled_from((b"|O", b"|V9", b"(2**40,)", b"(-1,4)", b"<U9", b"(9,9)")).map(
            lambda new: whole[:-16].replace(old, new)
        )
    )
    sealed = st.tuples(records | headers, st.sampled_from((0, 1, 2, 2, 2, 3, 2**32 - 1))).map(lambda two: _sealed(*two))

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        found = cache.get("abc")
        if found is None:
            return "recovery"
        assert all(array.dtype.kind in "fiub" and not array.dtype.hasobject for array in found)
        return "harmless"

    fuzz(tally, "cache of arrays", 400, byte_changes(whole) | sealed, judge)


def test_content(tally: Tally, tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"sound")
    memory = tmp_path / "index.jsonl"
    right = ContentIndex(memory).key(sound)
    lines = [json.loads(line) for line in memory.read_bytes().splitlines() if line.strip()]

    def judge(content: bytes) -> Outcome:
        memory.write_bytes(content)
        assert ContentIndex(memory).key(sound) == right
        return "recovery"

    fuzz(tally, "memory of contents", 200, json_lines(lines) | byte_changes(memory.read_bytes()), judge)


def test_parses(tally: Tally, tmp_path: Path) -> None:
    cache = TupleCache("v", tmp_path)
    cache.put({"a dog barks": [("dog",), ("dog", "bark")]})
    path = tmp_path / FILE
    whole = path.read_bytes()

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        with warnings.catch_warnings(action="ignore"):
            found = TupleCache("v", tmp_path).get(["a dog barks"])
        for facts in found.values():
            assert facts == [("dog",), ("dog", "bark")]
        for aside in tmp_path.glob(f"{FILE}.damaged*"):
            aside.unlink()
        return "harmless" if found else "recovery"

    fuzz(tally, "cache of parses", 200, byte_changes(whole), judge)


def test_logs(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"

    def judge(content: bytes) -> Outcome:
        path.write_bytes(content)
        return outcome(lambda: JsonLines().start(TrackedRun("id", "it", tmp_path, step=2)))

    lines = [{"step": step, "loss": 0.5} for step in range(4)]
    fuzz(tally, "training log", 200, json_lines(lines), judge)


def test_notes_of_archives(tally: Tally, tmp_path: Path) -> None:
    archive = RemoteFile("x.zip", "https://example.org/x.zip", "m" * 32, None, 1)
    note = tmp_path / ".fetched/x.zip.json"
    note.parent.mkdir()
    (tmp_path / "a.wav").write_bytes(b"sound")

    def judge(content: bytes) -> Outcome:
        note.write_bytes(content)
        return "harmless" if unpacked(tmp_path, archive) else "recovery"

    fuzz(tally, "note of an archive", 150, json_files({"md5": "m" * 32, "files": ["a.wav"]}), judge)


def test_references_with_other_line_ends_are_one_line(tmp_path: Path) -> None:
    from aacbench.leaderboard.store.boards import Board
    from aacbench.leaderboard.store.references import references_path, references_text

    fields: dict[str, Any] = {"order": 1, "title": "", "summary": "", "task": "captioning", "dataset": "toy"}
    fields["ships_references"] = True
    board = Board(id="toy", version="1", rank_by="bleu_1", metrics=["bleu_1"], leading=["bleu_1"], **fields)
    texts: dict[str, tuple[str, ...]] = {"a.wav": ("a dog\u2028barks", "a dog\x85barks")}
    references_path(tmp_path, board).parent.mkdir()
    references_path(tmp_path, board).write_text(references_text(texts), encoding="utf-8")
    assert shipped_references(tmp_path, board) == texts
