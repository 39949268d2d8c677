"""Download AudioCaps' caption files; its audio is not distributed."""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.audiocaps.captions import read_captions
from aacbench.datasets.audiocaps.releases import tables, version_of
from aacbench.datasets.shared.published import fetch_tables, total
from aacbench.errors import UserError


def fetch(target: Path, version: str | None = None) -> Path:
    """Download and verify `train.csv`, `val.csv` and `test.csv` of `version` into `target`, and return it.

    Raises:
        UserError: unknown version, offline, or a folder that cannot be written.
        AacbenchError: the server fails, or sends other files than the published ones.
    """
    listed = tables(version_of(version)).values()
    wanted = {table.file.name: table.rows for table in listed}

    def judge(path: Path) -> str:
        rows = sum(map(len, read_captions(path).values()))
        if rows != wanted[path.name]:
            raise UserError(f"{rows:,} captions, wanted {wanted[path.name]:,}")
        return f"{rows:,} captions"

    return fetch_tables(target, [table.file for table in listed], "<youtube id>_<start>.wav, .flac ...", judge)


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return total([table.file for table in tables(version_of(version)).values()])
