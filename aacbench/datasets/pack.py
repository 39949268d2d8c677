"""Write a dataset's clips into tar shards in the layout of WebDataset: `key.flac` and `key.json`, some GB a shard.

The audio's bytes stay as they are, so that features and fingerprints of the packed clips are those of the files.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from aacbench.audio.source import audio_name, audio_source
from aacbench.contracts import Dataset
from aacbench.datasets.shared.shards import ENDING, packed_json
from aacbench.errors import UserError
from aacbench.files.atomic import atomic_path
from aacbench.runtime.progress import progress
from aacbench.types import Clip

CLIPS_A_SHARD = 1000
SPLITS = ("development", "validation", "evaluation")


def pack(dataset: Dataset, folder: Path, clips_a_shard: int = CLIPS_A_SHARD) -> list[Path]:
    """Write the shards `<split>-00000.tar` ... of the dataset's splits into `folder`, and return them.

    A shard appears whole, and the same clips give the same bytes.

    Raises:
        UserError: the folder holds shards already, or audio cannot be read.
    """
    if any(folder.glob(f"*{ENDING}")):
        raise UserError(f"{folder} holds shards already; name an empty folder, so that no clip stands twice")
    names = [name for name in SPLITS if name in dataset.splits] or list(dataset.splits)
    splits = {split: dataset.clips(split) for split in names}
    written, done = [], 0
    with progress("packing clips", sum(map(len, splits.values()))) as bar:
        for split, clips in splits.items():
            for number, part in enumerate(_parts(clips, clips_a_shard)):
                path = folder / f"{split}-{number:05d}{ENDING}"
                with atomic_path(path) as temporary:
                    _write(temporary, split, part, number * clips_a_shard)
                written.append(path)
                done += len(part)
                bar.update(done)
    return written


def _parts(clips: Sequence[Clip], size: int) -> Iterator[Sequence[Clip]]:
    return (clips[first : first + size] for first in range(0, len(clips), size))


def _write(path: Path, split: str, clips: Sequence[Clip], first: int) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as shard:
        for number, clip in enumerate(clips, first):
            name = audio_name(clip.audio)
            with audio_source(clip.audio).open() as opened:
                content = opened.read()
            key = f"{split}-{number:08d}-{re.sub(r'[^0-9A-Za-z_-]+', '_', PurePosixPath(clip.id).stem)[:60]}"
            _add(shard, f"{key}{PurePosixPath(name).suffix.lower() or '.wav'}", content)
            known = {
                "id": clip.id, "split": split, "captions": list(clip.captions), "tags": list(clip.tags),
                "scene": clip.scene, "source": clip.source,
            }  # fmt: skip
            _add(shard, f"{key}.json", packed_json(known))


def _add(shard: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)  # no date, no owner: the same clips are the same bytes
    member.size = len(content)
    shard.addfile(member, io.BytesIO(content))
