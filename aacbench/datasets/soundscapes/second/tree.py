"""The inner nodes of the tree of classes, after AudioSet's: each with its parent, None at the top."""

from __future__ import annotations

from collections.abc import Mapping

ROOTS: Mapping[str, str | None] = {
    "human sound": None,
    "human voice": "human sound",
    "human action": "human sound",
    "animal": None,
    "domestic animal": "animal",
    "wild animal": "animal",
    "music": None,
    "percussion": "music",
    "melody instrument": "music",
    "sound of things": None,
    "vehicle": "sound of things",
    "household": "sound of things",
    "alarm": "sound of things",
    "tool": "sound of things",
    "explosion": "sound of things",
    "natural sound": None,
    "water": "natural sound",
    "weather": "natural sound",
}
