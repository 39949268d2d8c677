"""Decoding a run's evaluation clips chunk by chunk; what a killed run has decoded is not decoded again.

`decoding.jsonl` has a line that says what was decoded and by what, then one of what the network costs, where it says
so, then one a chunk. From the first one on that is cut short or altered (`files.journal`), chunks are decoded anew.

A line has the raw answers, before any post-processing, when the words were attended to where clips have events and the
captioner says so, and what one that keeps account says of them.

Several processes decode as many chunks at a time: the same chunks that one would, so that the captions are the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aacbench.contracts import Account, Captioner, KeepsAccount, MeasuresNetwork, Method, NetworkCosts, TimesWords
from aacbench.contracts.context import RunContext
from aacbench.contracts.settings import key_of
from aacbench.datasets.fingerprint import require_unchanged
from aacbench.errors import UserError, one_line
from aacbench.files.atomic import atomic_write
from aacbench.files.journal import checked_line, parse_checked
from aacbench.runtime.distributed.collectives import map_ranks, on_rank_zero, only_rank_zero
from aacbench.runtime.distributed.process_group import group
from aacbench.runtime.progress import progress, status
from aacbench.trackers.parts import log_part
from aacbench.types import Clip, WordSeconds

DECODING = "decoding.jsonl"
CHUNK = 64


@dataclass(frozen=True, slots=True)
class Decoded:
    """The captions as the system gave them, the seconds they took, and whether any were decoded now.

    `word_seconds` has an entry a caption where the system says when it attended at its words, else none at all.
    """

    captions: list[str]
    seconds: float
    anew: bool
    account: Account = field(default_factory=Account)
    network: NetworkCosts | None = None
    word_seconds: list[WordSeconds] = field(default_factory=list)


def decode(context: RunContext, method: Method, keys: Sequence[str]) -> Decoded:
    """Caption the evaluation clips chunk by chunk; what a killed run has decoded is kept and not decoded again."""
    path = context.outputs / DECODING
    key = {"stages": list(keys), "data": context.fingerprints["evaluation"], "settings": context.settings}
    head = json.loads(json.dumps({**key, "settings": key_of(context.settings)}))
    entries = _decoded(path, head)
    clips = context.clips["evaluation"]
    done = _summed(entries, False)
    if len(done.captions) == len(clips):
        return done
    if not entries:
        _begin(path, head)
    captioner: Captioner = method.captioner(context)
    if not entries and (costs := network_costs(captioner)):
        entries += _keep(path, [{"captions": [], "seconds": 0.0, "network": asdict(costs)}])
    with progress("decoding", len(clips)) as bar:
        while (count := sum(len(entry["captions"]) for entry in entries)) < len(clips):
            bar.update(count)
            begin, left = time.monotonic(), clips[count:]
            chunks = [left[first : first + CHUNK] for first in range(0, len(left), CHUNK)][: group().count]
            chunk_entries = map_ranks(chunks, partial(_caption, captioner))
            took = (time.monotonic() - begin) / len(chunks)
            entries += _keep(path, [{**entry, "seconds": took} for entry in chunk_entries])
            now = _summed(entries, True)
            bar.update(len(now.captions))
            values = {"seconds": now.seconds, "clips": len(now.captions)}
            log_part(context.tracker, "decoding", values, len(now.captions))
    _require_unchanged(context, path)
    return _summed(entries, True)


def network_costs(system: object) -> NetworkCosts | None:
    """Return what a system's network costs, where it says so; what cannot be counted stops nothing."""
    if not isinstance(system, MeasuresNetwork):
        return None
    try:
        return system.network_costs()
    except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError) as error:
        status(f"note: what the network computes could not be counted ({one_line(error)})")
        return None


def _caption(captioner: Captioner, clips: Sequence[Clip]) -> dict[str, Any]:
    entry: dict[str, Any]
    if isinstance(captioner, TimesWords) and any(clip.events for clip in clips):
        timed = captioner.timed_captions(clips)
        entry = {"captions": [one.text for one in timed]}
        if any(one.seconds for one in timed):
            entry["word_seconds"] = [[*one.seconds] for one in timed]
    else:
        entry = {"captions": captioner.caption(clips)}
    if isinstance(captioner, KeepsAccount):
        entry["account"] = asdict(captioner.account(clips))
    return entry


def _summed(entries: Sequence[Mapping[str, Any]], anew: bool) -> Decoded:
    """Return what the entries say together."""
    accounts = [Account(**entry["account"]) for entry in entries if "account" in entry]
    network = next((entry["network"] for entry in entries if "network" in entry), None)
    return Decoded(
        [caption for entry in entries for caption in entry["captions"]],
        sum(entry["seconds"] for entry in entries),
        anew,
        Account.of_all(accounts),
        NetworkCosts(**network) if network else None,
        [tuple(one) for entry in entries for one in _word_seconds(entry)] if any(map(_timed, entries)) else [],
    )


def _timed(entry: Mapping[str, Any]) -> bool:
    return "word_seconds" in entry


def _word_seconds(entry: Mapping[str, Any]) -> list[list[float]]:
    """Return what an entry says of each of its captions' words; nothing of those that an earlier release decoded."""
    return entry["word_seconds"] if _timed(entry) else [[]] * len(entry["captions"])


@on_rank_zero
def _begin(path: Path, head: Mapping[str, Any]) -> None:
    atomic_write(path, checked_line(head))


@on_rank_zero
def _require_unchanged(context: RunContext, path: Path) -> None:
    """Take the captions of clips that changed meanwhile away."""
    try:
        require_unchanged({"evaluation": context.clips["evaluation"]}, context.fingerprints)
    except UserError:
        path.unlink(missing_ok=True)
        raise


def _keep(path: Path, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Append entries of chunks that were decoded at the same time; return them."""
    _append(path, "".join(map(checked_line, entries)))
    return entries


@only_rank_zero
def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as handle:
        handle.write(text)


@on_rank_zero
def _decoded(path: Path, head: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries that a run with the same head has already written; cut off what is damaged."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return []
    written, *chunks = (parse_checked(line) for line in lines[:-1] or [b""])
    if written != head:
        return []
    entries: list[dict[str, Any]] = []
    for entry in chunks:
        if entry is None:
            break
        entries.append(entry)
    if len(entries) < len(lines) - 2 or lines[-1]:
        atomic_write(path, "".join(map(checked_line, [head, *entries])))
    return entries
