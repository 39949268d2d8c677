"""Download Auto-ACD's captions from its repository on the Hugging Face hub; its clips are not distributed."""

from __future__ import annotations

from aacbench.datasets.auto_acd.dataset import entries
from aacbench.datasets.shared.captioned import YOUTUBE
from aacbench.datasets.shared.published import PublishedCaptions, hub_file
from aacbench.datasets.shared.remote import RemoteFile

REPO, COMMIT = "Loie/Auto-ACD", "889188e47998cee43bcdacf2b0da45cfc359378d"
FILES = {  # bytes, SHA-256 (None where none could be found)
    "train.csv": (233_000_000, "e9681d80693274d2d8e50ab185aaf32440302ff474ddaeb10dd730986eda956c"),
    "test.csv": (88_200, None),
}


def files() -> list[RemoteFile]:
    """Return both files."""
    return [hub_file(REPO, COMMIT, name, *facts) for name, facts in FILES.items()]


CAPTIONS = PublishedCaptions(files, YOUTUBE, entries)
fetch, download_size = CAPTIONS.fetch, CAPTIONS.download_size
