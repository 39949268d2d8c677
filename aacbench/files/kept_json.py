"""Small results kept between runs as JSON with a check sum: one that was damaged counts as absent, never as another.

A flipped digit in plain JSON is JSON still.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from aacbench.files.atomic import atomic_write
from aacbench.files.safe_read import load_json


def keep_json(path: Path, content: Any) -> None:
    """Keep plain content at `path`; raises `OSError` where it cannot be written."""
    atomic_write(path, json.dumps({"check": _check(content), "content": content}, ensure_ascii=False))


def kept_json(path: Path) -> Any:
    """Return what was kept at `path`; None where it is absent or damaged."""
    try:
        stored = load_json(path)
        return stored["content"] if stored["check"] == _check(stored["content"]) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _check(content: Any) -> int:
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())
