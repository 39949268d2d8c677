"""Files on the web that make up a dataset; archives are unpacked and removed one by one. Sizes are bytes.

What an archive brought is noted in `.fetched/<archive>.json`, so that the same command goes on after a failure and does
nothing when all is there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError, counted
from aacbench.files.archives import unpack
from aacbench.files.atomic import atomic_write
from aacbench.files.download import download, offline, remote_size, require_space
from aacbench.files.safe_read import load_json

ZENODO = "https://zenodo.org/record/{record}/files/{name}?download=1"
ARCHIVES = "archives"  # folder of the archives on their way; it is gone in the end
NOTES = ".fetched"
GROWTH = 3  # an archive of recordings never unpacks to more than so many times its size
SMALL = 2**24  # ... or than this, for texts


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a release; `size` is exact or None, `expected` as near as is known."""

    name: str
    url: str
    md5: str | None
    size: int | None
    expected: int
    sha256: str | None = None


def get(file: RemoteFile, place: Path) -> Path:
    """Download and verify a file; one that is in place and right is kept."""
    limit = max(SMALL, GROWTH * file.expected)
    return download(file.url, place, sha256=file.sha256, md5=file.md5, size=file.size, limit=limit)


def bytes_to_come(file: RemoteFile, place: Path) -> int:
    """Return how much of a file is still to be downloaded; the server is asked where the size is not known."""
    if place.exists():
        return 0
    size = file.size or (None if offline() else remote_size(file.url)) or file.expected
    part = place.with_name(f"{place.name}.part")
    return max(0, size - (part.stat().st_size if part.exists() else 0))


def make_folder(target: Path) -> Path:
    """Make a dataset's folder; raises `UserError` where a file is in the way."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; name a folder for the dataset")
    return target


def fetch_archives(target: Path, archives: Sequence[RemoteFile], what: str) -> None:
    """Download and unpack into `target` the archives that were not yet, each removed before the next.

    Raises:
        UserError: offline, too little disk, or a folder that cannot be written.
        AacbenchError: the server fails, or an archive is damaged or not what it should be.
    """
    wanted = [archive for archive in archives if not unpacked(target, archive)]
    sizes = [bytes_to_come(archive, target / ARCHIVES / archive.name) for archive in wanted]
    if wanted and not offline():  # offline, what is missing is the thing to say
        require_space(target, round(1.3 * sum(sizes)) + max(sizes), f"fetching {what}")
    for archive in wanted:
        packed = get(archive, target / ARCHIVES / archive.name)
        files = unpack(packed, target, max_bytes=max(SMALL, GROWTH * packed.stat().st_size))
        names = [path.relative_to(target).as_posix() for path in files]
        atomic_write(target / NOTES / f"{archive.name}.json", json.dumps({"md5": archive.md5, "files": names}))
        packed.unlink()
        print(f"{archive.name}: {counted(len(files), 'file')} in {target}", file=sys.stderr)
    folder = target / ARCHIVES
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def unpacked(target: Path, archive: RemoteFile) -> bool:
    """Return whether all that this archive holds was unpacked into `target` and is still there."""
    try:
        note = load_json(target / NOTES / f"{archive.name}.json")
        return note["md5"] == archive.md5 and all((target / name).is_file() for name in note["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
