"""Decoding a run's evaluation clips chunk by chunk; what a killed run has decoded is not decoded again."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aacbench.context import RunContext
from aacbench.contracts import Captioner, Method
from aacbench.paths import atomic_write
from aacbench.progress import progress

CHUNK = 64


def decode(context: RunContext, method: Method, keys: Sequence[str]) -> tuple[list[str], float]:
    """Caption the evaluation clips chunk by chunk; what a killed run has decoded is kept and not decoded again."""
    path = context.folder / "decoding.jsonl"
    key = {"stages": list(keys), "data": context.fingerprints["evaluation"], "settings": context.settings}
    head = json.loads(json.dumps({**key, "settings": context.settings.model_dump(mode="json")}))
    captions, seconds = _decoded(path, head)
    clips = context.clips["evaluation"]
    if len(captions) == len(clips):
        return captions, seconds
    if not captions:
        atomic_write(path, json.dumps(head) + "\n")
    captioner: Captioner = method.captioner(context)
    with progress("decoding", len(clips)) as bar, path.open("a", encoding="utf-8") as handle:
        while len(captions) < len(clips):
            begin = time.monotonic()
            done = captioner.caption(clips[len(captions) : len(captions) + CHUNK])
            took = time.monotonic() - begin
            handle.write(json.dumps({"captions": done, "seconds": took}, ensure_ascii=False) + "\n")
            handle.flush()
            captions, seconds = captions + done, seconds + took
            bar.update(len(captions))
    return captions, seconds


def _decoded(path: Path, head: Mapping[str, Any]) -> tuple[list[str], float]:
    """Return the captions and seconds that a run with the same head has already written; cut off a half line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError:
        return [], 0.0
    captions: list[str] = []
    seconds = 0.0
    whole = [line for line in lines if line.endswith("\n")]
    if not whole or json.loads(whole[0]) != head:
        return [], 0.0
    if len(whole) < len(lines):
        atomic_write(path, "".join(whole))
    for line in whole[1:]:
        entry = json.loads(line)
        captions += entry["captions"]
        seconds += entry["seconds"]
    return captions, seconds
