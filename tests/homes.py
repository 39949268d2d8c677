"""Caches of tests' own that share what takes longest to make and is the same for all: METEOR's index and kernels.

They are keyed by their sources and sealed, and one process makes them; each test spent ten seconds on making them anew.
"""

from __future__ import annotations

from pathlib import Path

from aacbench.files.cache_dir import home

OWN = home()  # before a test names another


def warm_home(folder: Path) -> Path:
    """Return `folder`, made if absent, as a cache that holds nothing but this machine's own tables of METEOR."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = OWN / "meteor"
    tables.mkdir(parents=True, exist_ok=True)
    if not (folder / "meteor").exists():
        (folder / "meteor").symlink_to(tables.resolve())
    return folder
