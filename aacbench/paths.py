"""Where aacbench keeps its caches, and writes that are whole or absent.

`AACBENCH_HOME` overrides the platform's cache folder. Every file that another process may read is written
beside its place and moved there, so that a killed process never leaves half a file under a final name.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from aacbench.errors import UserError


def home() -> Path:
    """Return the cache root: `$AACBENCH_HOME` or the platform's cache folder for aacbench."""
    override = os.environ.get("AACBENCH_HOME")
    return Path(override).expanduser() if override else user_cache_path("aacbench")


def cache(*parts: str) -> Path:
    """Return a folder below the cache root, made if absent.

    Raises:
        UserError: the folder cannot be made (read-only or full disk).
    """
    folder = home().joinpath(*parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot make the cache folder {folder} ({error.strerror}); "
            "set AACBENCH_HOME to a folder that can be written"
        ) from error
    return folder


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; move it to `target` when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".part", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def atomic_write(target: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8) to `target` at once: readers see the old file or the new one."""
    with atomic_path(target) as temporary:
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
