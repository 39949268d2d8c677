"""Download MusicCaps' table from its repository on the Hugging Face hub; its clips are not distributed."""

from __future__ import annotations

from aacbench.datasets.musiccaps.dataset import TABLE, entries
from aacbench.datasets.shared.captioned import YOUTUBE
from aacbench.datasets.shared.published import PublishedCaptions, hub_file
from aacbench.datasets.shared.remote import RemoteFile

REPO, COMMIT = "google/MusicCaps", "d2c2c4b1f5c047055feac10283f244eb690ad608"
SHA256, SIZE = "8cc109ac507b5e5aed8ea73a5c8f897a9d0793f7397427e000adf4c05f6021c7", 2_939_484


def files() -> list[RemoteFile]:
    """Return the one file."""
    return [hub_file(REPO, COMMIT, TABLE, SIZE, SHA256, SIZE)]


CAPTIONS = PublishedCaptions(files, YOUTUBE, entries)
fetch, download_size = CAPTIONS.fetch, CAPTIONS.download_size
