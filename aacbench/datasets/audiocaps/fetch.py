"""Download AudioCaps' caption files; its audio is not distributed."""

from __future__ import annotations

import sys
from pathlib import Path

from aacbench.datasets.audiocaps.captions import read_captions
from aacbench.datasets.audiocaps.releases import tables, version_of
from aacbench.datasets.shared.remote import get, make_folder
from aacbench.errors import AacbenchError, UserError


def fetch(target: Path, version: str | None = None) -> Path:
    """Download and verify `train.csv`, `val.csv` and `test.csv` of `version` into `target`, and return it.

    Raises:
        UserError: unknown version, offline, or a folder that cannot be written.
        AacbenchError: the server fails, or sends other files than the published ones.
    """
    make_folder(target)
    for table in tables(version_of(version)).values():
        path = get(table.file, target / table.file.name)
        try:
            rows = sum(map(len, read_captions(path).values()))
            problem = "" if rows == table.rows else f"{rows:,} captions, wanted {table.rows:,}"
        except UserError as error:
            problem = str(error)
        if problem:
            path.unlink()
            raise AacbenchError(
                f"{table.file.url} is not the published file: {problem}; nothing was kept, try again later"
            )
    print("the clips are yours to bring: name their folder with --data-dir", file=sys.stderr)
    return target


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return sum(table.file.expected for table in tables(version_of(version)).values())
