"""Download WavCaps' captions and blacklists from its repository on the Hugging Face hub; its clips are not fetched.

Only the largest file's checksum is known (its LFS pointer in the authors' GitHub repository).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from aacbench.datasets.shared.published import PublishedCaptions, hub_file
from aacbench.datasets.shared.remote import RemoteFile
from aacbench.datasets.wavcaps.dataset import LAYOUT
from aacbench.datasets.wavcaps.files import blacklisted, clips_of

REPO, COMMIT = "cvssp/WavCaps", "85a0c21e26fa7696a5a74ce54fada99a9b43c6de"
FREESOUND = "json_files/FreeSound/fsd_final.json"
SUMS = {FREESOUND: ("4499ada1a7a76666695d880feb298f557efb3aa8af3b57fd9b713c75319ff53f", 147_300_685)}
SIZES = {
    "json_files/AudioSet_SL/as_final.json": 16_000_000,
    FREESOUND: 147_300_685,
    "json_files/BBC_Sound_Effects/bbc_final.json": 11_700_000,
    "json_files/SoundBible/sb_final.json": 361_000,
    "json_files/blacklist/blacklist_exclude_all_ac.json": 1_530_000,
    "json_files/blacklist/blacklist_exclude_test_ac.json": 77_700,
    "json_files/blacklist/blacklist_exclude_ub8k_esc50_vggsound.json": 473_000,
}


def files() -> list[RemoteFile]:
    """Return the files, of both versions."""
    return [hub_file(REPO, COMMIT, path, size, *SUMS.get(path, (None, None))) for path, size in SIZES.items()]


def _read(path: Path) -> Iterable[object]:
    return chain(*blacklisted([path]).values()) if path.name.startswith("blacklist") else clips_of(path)


CAPTIONS = PublishedCaptions(files, LAYOUT, _read)
fetch, download_size = CAPTIONS.fetch, CAPTIONS.download_size
