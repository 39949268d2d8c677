"""Fingerprints of data: two runs with equal fingerprints saw the same clips and the same references."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from aacbench.features.content import content_key
from aacbench.types import Clip


def fingerprint(clips: Iterable[Clip]) -> str:
    """Return a hash over the clips in the order of their ids: id, audio content, references, tags and scene."""
    digest = hashlib.sha256()
    for clip in sorted(clips, key=lambda clip: clip.id):
        parts = [clip.id, content_key(clip.audio), *clip.captions, "tags", *clip.tags, "scene", clip.scene or ""]
        digest.update(json.dumps(parts, ensure_ascii=False).encode())
        digest.update(b"\n")
    return digest.hexdigest()
