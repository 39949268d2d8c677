"""Download a version of Clotho: tables, then each split's archive, unpacked and removed before the next one.

Ends as `clotho_captions_<split>.csv`, `clotho_metadata_<split>.csv`, `<split>/*.wav` in one folder.
Every step that is done already is passed over, so the same command goes on after a failure.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aacbench.datasets.clotho.releases import Release, Split, release_of
from aacbench.datasets.clotho.tables import read_captions
from aacbench.datasets.shared.audio import match_files
from aacbench.datasets.shared.remote import ARCHIVES, bytes_to_come, get
from aacbench.errors import AacbenchError, UserError, first_few
from aacbench.files.archives import unpack
from aacbench.files.checksums import digest
from aacbench.files.download import offline, require_space


def fetch(target: Path, version: str | None = None) -> Path:
    """Download, verify and unpack Clotho `version` into the folder `target`, and return it.

    Raises:
        UserError: unknown version, too little disk, offline, or `target` holds another version.
        AacbenchError: the server fails, or an archive is damaged or not what it should be.
    """
    release = release_of(version)
    _refuse_other_data(target, release)
    wanted = [split for split in release.splits if not _has_audio(target, split)]
    if not offline():  # offline, nothing is downloaded, and what is missing is the thing to say
        _require_space(target, wanted)
    for split in release.splits:
        for table in (split.captions, split.metadata):
            get(table, target / table.name)
    for split in wanted:
        _fetch_audio(target, split)
    return target


def _refuse_other_data(target: Path, release: Release) -> None:
    """Leave folders alone that hold captions of another version, or changed ones."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; name a folder for the dataset")
    for split in release.splits:
        path = target / split.captions.name
        if path.exists() and (md5 := digest(path, "md5")) != split.captions.md5:
            raise UserError(
                f"{path} is not the file of clotho {release.version} (its md5 is {md5}, wanted "
                f"{split.captions.md5}); name an empty folder with --data-dir, or move that file away"
            )


def _has_audio(target: Path, split: Split) -> bool:
    """Return whether the split was unpacked: every clip of its captions has a file."""
    captions, folder = target / split.captions.name, target / split.name
    return captions.exists() and folder.is_dir() and not match_files(folder, read_captions(captions)).missing


def _require_space(target: Path, splits: list[Split]) -> None:
    """Raise `UserError` unless the disk takes all archives and all that comes out of them."""
    needed = sum(bytes_to_come(split.audio, target / ARCHIVES / split.audio.name) + split.unpacked for split in splits)
    require_space(target, needed, f"fetching clotho ({', '.join(split.name for split in splits)})")


def _fetch_audio(target: Path, split: Split) -> None:
    archive = get(split.audio, target / ARCHIVES / split.audio.name)
    unpack(archive, target, max_bytes=2 * split.unpacked)
    missing = match_files(target / split.name, read_captions(target / split.captions.name)).missing
    if missing:
        raise AacbenchError(
            f"{archive} was unpacked, but {len(missing)} of {split.clips} clips are not in "
            f"{target / split.name}: {first_few(missing)}"
        )
    archive.unlink()
    if not any(archive.parent.iterdir()):
        archive.parent.rmdir()
    print(f"{split.name}: {split.clips} clips in {target / split.name}", file=sys.stderr)


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return release_of(version).size
