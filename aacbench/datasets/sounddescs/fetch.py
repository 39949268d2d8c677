"""Download SoundDescs' descriptions and splits from its authors' repository; the BBC's clips are not fetched."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aacbench.datasets.shared.published import PublishedCaptions
from aacbench.datasets.shared.remote import RemoteFile
from aacbench.datasets.sounddescs.dataset import LAYOUT, LISTS, PICKLE, described, listed

URL = "https://raw.githubusercontent.com/akoepke/audio-retrieval-benchmark/{commit}/{path}"
DESCRIPTIONS, SPLITS = "c0d022ec0596b3970c36f2b706d9f139966618fb", "55dce738ebe3e3e9fe700d3f439ce41c4d27faec"
SIZES = {"train_list.txt": 243_276, "val_list.txt": 52_152, "test_list.txt": 52_200}


def files() -> list[RemoteFile]:
    """Return the descriptions and the lists; no checksums are published."""
    about = URL.format(commit=DESCRIPTIONS, path=f"sounddescs_data/{PICKLE}")
    lists = [
        RemoteFile(name, URL.format(commit=SPLITS, path=f"data/SoundDescs/{name}"), None, None, SIZES[name])
        for name in LISTS.values()
    ]
    return [RemoteFile(PICKLE, about, None, None, 4_000_000), *lists]


def _read(path: Path) -> Iterable[object]:
    return described(path) if path.name == PICKLE else listed(path)


CAPTIONS = PublishedCaptions(files, LAYOUT, _read)
fetch, download_size = CAPTIONS.fetch, CAPTIONS.download_size
