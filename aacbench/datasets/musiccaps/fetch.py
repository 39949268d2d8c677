"""Download MusicCaps' table from its repository on the Hugging Face hub; its clips are not distributed."""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.musiccaps.dataset import TABLE, entries
from aacbench.datasets.shared.captioned import YOUTUBE
from aacbench.datasets.shared.published import counting, fetch_tables, hub_file, total
from aacbench.datasets.shared.remote import RemoteFile

REPO, COMMIT = "google/MusicCaps", "d2c2c4b1f5c047055feac10283f244eb690ad608"
SHA256, SIZE = "8cc109ac507b5e5aed8ea73a5c8f897a9d0793f7397427e000adf4c05f6021c7", 2_939_484


def files() -> list[RemoteFile]:
    """Return the one file."""
    return [hub_file(REPO, COMMIT, TABLE, SIZE, SHA256, SIZE)]


def fetch(target: Path, version: str | None = None) -> Path:
    """Download and verify the table into `target` and return it.

    Raises:
        UserError: offline, or a folder that cannot be written.
        AacbenchError: the server fails, or sends another file.
    """
    return fetch_tables(target, files(), YOUTUBE, counting(entries))


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return total(files())
