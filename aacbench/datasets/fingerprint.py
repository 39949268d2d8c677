"""Fingerprints of data: two runs with equal fingerprints saw the same clips and the same references."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aacbench.audio.source import audio_key
from aacbench.errors import UserError
from aacbench.types import Clip

if TYPE_CHECKING:
    from aacbench.contracts import CompositeDataset


def fingerprint(clips: Iterable[Clip]) -> str:
    """Return a hash over the clips in the order of their ids: id, audio content, references, tags and scene."""
    digest = hashlib.sha256()
    for clip in sorted(clips, key=lambda clip: clip.id):
        parts = [clip.id, audio_key(clip.audio), *clip.captions, "tags", *clip.tags, "scene", clip.scene or ""]
        digest.update(json.dumps(parts, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def require_unchanged(clips: Mapping[str, Sequence[Clip]], expected: Mapping[str, str]) -> None:
    """Raise `UserError` if the clips of a part are not those that the fingerprint in `expected` was taken of.

    What was computed in the meantime may have come from either.
    """
    changed = [name for name, before in expected.items() if name in clips and fingerprint(clips[name]) != before]
    if changed:
        raise UserError(
            f"audio of the {' and '.join(changed)} clips changed while the run was at work, so what it made is of no "
            "use; leave the audio alone and repeat the command"
        )


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
