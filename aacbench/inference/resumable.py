"""Decoding a run's evaluation clips chunk by chunk; what a killed run has decoded is not decoded again.

`decoding.jsonl` has a line that says what was decoded and by what, then one a chunk. Each carries the CRC-32 of the
rest of it; from the first one on that is cut short or altered, chunks are decoded anew.

Several processes decode as many chunks at a time: the same chunks that one would, so that the captions are the same.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aacbench.contracts import Captioner, Method
from aacbench.contracts.context import RunContext
from aacbench.contracts.settings import key_of
from aacbench.datasets.fingerprint import require_unchanged
from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import parse_json
from aacbench.runtime.distributed.collectives import map_ranks, on_rank_zero, only_rank_zero
from aacbench.runtime.distributed.process_group import group
from aacbench.runtime.progress import progress
from aacbench.trackers.parts import log_part

DECODING = "decoding.jsonl"
CHECK = "crc32"
CHUNK = 64


def decode(context: RunContext, method: Method, keys: Sequence[str]) -> tuple[list[str], float, bool]:
    """Caption the evaluation clips chunk by chunk; what a killed run has decoded is kept and not decoded again.

    Returns the captions, the seconds they took, and whether any were decoded now.
    """
    path = context.outputs / DECODING
    key = {"stages": list(keys), "data": context.fingerprints["evaluation"], "settings": context.settings}
    head = json.loads(json.dumps({**key, "settings": key_of(context.settings)}))
    captions, seconds = _decoded(path, head)
    clips = context.clips["evaluation"]
    if len(captions) == len(clips):
        return captions, seconds, False
    if not captions:
        _begin(path, head)
    captioner: Captioner = method.captioner(context)
    with progress("decoding", len(clips)) as bar:
        while len(captions) < len(clips):
            begin, left = time.monotonic(), clips[len(captions) :]
            chunks = [left[first : first + CHUNK] for first in range(0, len(left), CHUNK)][: group().count]
            done = map_ranks(chunks, captioner.caption)
            took = time.monotonic() - begin
            _keep(path, done, took)
            captions, seconds = [*captions, *(caption for chunk in done for caption in chunk)], seconds + took
            bar.update(len(captions))
            log_part(context.tracker, "decoding", {"seconds": seconds, "clips": len(captions)}, len(captions))
    _require_unchanged(context, path)
    return captions, seconds, True


@on_rank_zero
def _begin(path: Path, head: Mapping[str, Any]) -> None:
    atomic_write(path, _line(head))


@on_rank_zero
def _require_unchanged(context: RunContext, path: Path) -> None:
    """Take the captions of clips that changed meanwhile away."""
    try:
        require_unchanged({"evaluation": context.clips["evaluation"]}, context.fingerprints)
    except UserError:
        path.unlink(missing_ok=True)
        raise


@only_rank_zero
def _keep(path: Path, chunks: Sequence[Sequence[str]], seconds: float) -> None:
    """Append chunks that were decoded at the same time."""
    with path.open("a", encoding="utf-8") as handle:
        for captions in chunks:
            handle.write(_line({"captions": captions, "seconds": seconds / len(chunks)}))


@on_rank_zero
def _decoded(path: Path, head: Mapping[str, Any]) -> tuple[list[str], float]:
    """Return the captions and seconds that a run with the same head has already written; cut off what is damaged."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return [], 0.0
    written, *chunks = (_parsed(line) for line in lines[:-1] or [b""])
    if written != head:
        return [], 0.0
    entries: list[dict[str, Any]] = []
    for entry in chunks:
        if entry is None:
            break
        entries.append(entry)
    if len(entries) < len(lines) - 2 or lines[-1]:
        atomic_write(path, "".join(map(_line, [head, *entries])))
    captions = [caption for entry in entries for caption in entry["captions"]]
    return captions, sum(entry["seconds"] for entry in entries)


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps({**entry, CHECK: _check(entry)}, ensure_ascii=False) + "\n"


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return a line's entry; None if it is not what was written."""
    try:
        entry = parse_json(line)
        check = entry.pop(CHECK)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return entry if check == _check(entry) else None


def _check(entry: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(entry, sort_keys=True).encode())
