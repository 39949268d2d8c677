"""Download AudioSetCaps' captions from its repository on the Hugging Face hub; its clips are not distributed."""

from __future__ import annotations

from aacbench.datasets.audiosetcaps.dataset import FOLDERS, SOURCES, entries
from aacbench.datasets.shared.captioned import YOUTUBE
from aacbench.datasets.shared.published import PublishedCaptions, hub_file
from aacbench.datasets.shared.remote import RemoteFile

REPO, COMMIT = "baijs/AudioSetCaps", "8a1e6c6ae8600956a10701b0af21bd70d421398f"
FILES = {  # bytes, SHA-256 (None where none could be found)
    "audioset": (374_000_000, "3ec45c9f20da7fa01d5e7463f027b3ea52841ae230e9a00b29f54460c6b382a7"),
    "vggsound": (35_900_000, None),
    "youtube-8m": (828_000_000, "7e2af73eeb732179b58603f0221a00dd45a6db7a4756b2d4c8fa673a47a54495"),
}


def files() -> list[RemoteFile]:
    """Return the three files, which lie in one folder."""
    return [hub_file(REPO, COMMIT, f"{FOLDERS[-1]}/{SOURCES[name]}", *facts) for name, facts in FILES.items()]


CAPTIONS = PublishedCaptions(files, YOUTUBE, entries)
fetch, download_size = CAPTIONS.fetch, CAPTIONS.download_size
