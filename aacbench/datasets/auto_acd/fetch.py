"""Download Auto-ACD's captions from its repository on the Hugging Face hub; its clips are not distributed."""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.auto_acd.dataset import entries
from aacbench.datasets.shared.captioned import YOUTUBE
from aacbench.datasets.shared.published import counting, fetch_tables, hub_file, total
from aacbench.datasets.shared.remote import RemoteFile

REPO, COMMIT = "Loie/Auto-ACD", "889188e47998cee43bcdacf2b0da45cfc359378d"
FILES = {  # bytes, SHA-256 (None where none could be found)
    "train.csv": (233_000_000, "e9681d80693274d2d8e50ab185aaf32440302ff474ddaeb10dd730986eda956c"),
    "test.csv": (88_200, None),
}


def files() -> list[RemoteFile]:
    """Return both files."""
    return [hub_file(REPO, COMMIT, name, *facts) for name, facts in FILES.items()]


def fetch(target: Path, version: str | None = None) -> Path:
    """Download `train.csv` and `test.csv` into `target` and return it.

    Raises:
        UserError: offline, or a folder that cannot be written.
        AacbenchError: the server fails, or sends other files.
    """
    return fetch_tables(target, files(), YOUTUBE, counting(entries))


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return total(files())
