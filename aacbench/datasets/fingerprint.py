"""Fingerprints of data: two runs with equal fingerprints saw the same clips and the same references.

A fingerprint takes the content of every audio file. What stages are kept under is the `identity` of their clips: the
fingerprint, or, of a `LARGE` set, a hash with the sizes of the files in place of what they hold. Once all of them were
read, the set's fingerprint is noted in the cache, and the same list of sizes with other content has another identity.
So training on a large set begins before its audio was hashed, and never goes on from what other audio gave.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aacbench.audio.large import is_large
from aacbench.audio.source import audio_changed, audio_key, audio_size, remembered_audio_key
from aacbench.errors import UserError
from aacbench.files.atomic import atomic_write
from aacbench.files.cache_dir import cache
from aacbench.files.safe_read import load_json
from aacbench.files.watch import note_doubt
from aacbench.types import Clip

if TYPE_CHECKING:
    from aacbench.contracts import CompositeDataset

SIZES = "sizes:"  # an identity without content begins so
READ_AT_ONCE = 1000  # files of a large set that were not read yet, and are read for its identity


def fingerprint(clips: Iterable[Clip]) -> str:
    """Return a hash over the clips in the order of their ids: id, audio content, references, tags and scene."""
    digest = hashlib.sha256()
    for clip in sorted(clips, key=lambda clip: clip.id):
        parts = [clip.id, audio_key(clip.audio), *clip.captions, "tags", *clip.tags, "scene", clip.scene or ""]
        digest.update(json.dumps(parts, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def identity(clips: Sequence[Clip]) -> str:
    """Return what the stages that read these clips are kept under: their fingerprint, or `sizes:...` of a large set."""
    if not is_large(clips):
        return fingerprint(clips)
    note_doubt("a large set of clips")
    digest = hashlib.sha256()
    for clip in sorted(clips, key=lambda clip: clip.id):
        parts = [clip.id, audio_size(clip.audio), *clip.captions, "tags", *clip.tags, "scene", clip.scene or ""]
        digest.update(json.dumps(parts, ensure_ascii=False).encode())
        digest.update(b"\n")
    listed = digest.hexdigest()
    return f"{SIZES}{listed}{_content_mark(clips, listed)}"


def whole_fingerprint(clips: Sequence[Clip], known: str) -> str:
    """Return the fingerprint of clips whose identity is `known`; what no stage has read is read now."""
    return fingerprint(clips) if known.startswith(SIZES) else known


def require_unchanged(clips: Mapping[str, Sequence[Clip]], expected: Mapping[str, str]) -> None:
    """Raise `UserError` if the clips of a part are not those that the identity in `expected` was taken of.

    What was computed in the meantime may have come from either.
    """
    changed = [name for name, before in expected.items() if name in clips and _is_changed(clips[name], before)]
    if changed:
        raise UserError(
            f"audio of the {' and '.join(changed)} clips changed while the run was at work, so what it made is of no "
            "use; leave the audio alone and repeat the command"
        )


def _is_changed(clips: Sequence[Clip], before: str) -> bool:
    if before.startswith(SIZES):
        return any(audio_changed(clip.audio) for clip in clips) or identity(clips) != before
    return fingerprint(clips) != before


def _content_mark(clips: Sequence[Clip], listed: str) -> str:
    """Return "" for the first content that a list of sizes was met with, and where it is not known; then #1, #2 ..."""
    unread = [clip for clip in clips if remembered_audio_key(clip.audio) is None]
    if len(unread) > READ_AT_ONCE:
        return ""
    content = fingerprint(clips)
    path = cache("content", "large") / f"{listed}.json"
    known: list[str] = []
    with suppress(OSError, ValueError):
        known = [str(one) for one in load_json(path)]
    if content not in known:
        known.append(content)
        with suppress(OSError):  # a note that cannot be kept is made by the next run
            atomic_write(path, json.dumps(known))
    number = known.index(content)
    return f"#{number}" if number else ""


def provenance(dataset: CompositeDataset, clips: Mapping[str, Sequence[Clip]]) -> dict[str, dict[str, Any]]:
    """Return what each part of a composed dataset gave to the named sets: version, and clips and fingerprint a set."""
    parts = {}
    for name, part in dataset.parts.items():
        own = {what: [clip for clip in listed if dataset.part_of(clip) == name] for what, listed in clips.items()}
        parts[name] = {
            "dataset": part.name,
            "version": part.version,
            "clips": {what: len(listed) for what, listed in own.items()},
            "fingerprints": {what: fingerprint(listed) for what, listed in own.items()},
        }
    return parts
