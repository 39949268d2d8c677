"""Where caches lie: `AACBENCH_HOME`, or the platform's cache folder."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from aacbench.errors import UserError
from aacbench.files.atomic import sweep
from aacbench.files.kept_arrays import DAY, sweep_unused

SWEPT = "swept"  # the file in the cache root whose date says when it was swept


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


def sweep_daily() -> None:
    """Sweep the cache root of leftovers and of what was not used for half a year, unless done in the last day."""
    stamp = home() / SWEPT
    with suppress(OSError):
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > DAY:
            stamp.touch()
            sweep(home())
            sweep_unused(home())
