"""Tables of captions on the web: some have a published checksum, the others are judged by what they hold."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aacbench.datasets.shared.remote import RemoteFile, get, make_folder
from aacbench.errors import AacbenchError, UserError, counted
from aacbench.files.download.network import HUB

BRING = "the clips are yours to bring ({layout}; at any depth, or in tar shards): name their folder with --data-dir"


def hub_file(
    repo: str, commit: str, path: str, expected: int, sha256: str | None = None, size: int | None = None
) -> RemoteFile:
    """Return a file of a dataset's repository on the Hugging Face hub, or on the mirror that HF_ENDPOINT names."""
    url = f"{os.environ.get('HF_ENDPOINT') or HUB}/datasets/{repo}/resolve/{commit}/{path}"
    return RemoteFile(path, url, None, size, size or expected, sha256)


@dataclass(frozen=True)
class PublishedCaptions:
    """A dataset whose captions alone are on the web: `fetch` and `download_size` are its `DatasetSpec`'s.

    `files()` names them, `layout` says how the user's clips are called, and `read` yields the clips of a file that has
    no published checksum: of such a file it is said how many there are, and one without any is refused.
    """

    files: Callable[[], Sequence[RemoteFile]]
    layout: str
    read: Callable[[Path], Iterable[object]]

    def fetch(self, target: Path, version: str | None = None) -> Path:
        """Download the files into `target` and return it; all versions are read from the same ones.

        Raises:
            UserError: offline, or a folder that cannot be written.
            AacbenchError: the server fails, or sends another file.
        """
        return fetch_tables(target, self.files(), self.layout, self._counted)

    def download_size(self, version: str | None = None) -> int:
        """Return about how many bytes `fetch` downloads."""
        return total(self.files())

    def _counted(self, path: Path) -> str:
        if not (count := sum(1 for _ in self.read(path))):
            raise UserError("it holds no clip")
        return counted(count, "clip")


def fetch_tables(target: Path, files: Sequence[RemoteFile], layout: str, judge: Callable[[Path], str]) -> Path:
    """Download `files` into `target` and return it; `layout` says how the user's clips are called.

    `judge(path)` is asked about files without a checksum: it returns what is in one, and raises `UserError` where it is
    not what was published.

    Raises:
        UserError: offline, or a folder that cannot be written.
        AacbenchError: the server fails, or sends another file; that one is not kept.
    """
    make_folder(target)
    for file in files:
        path = get(file, target / file.name)
        if file.sha256 or file.md5:
            continue
        try:
            print(f"{file.name}: {judge(path)}", file=sys.stderr)
        except UserError as error:
            path.unlink()
            raise AacbenchError(
                f"{file.url} is not the published file: {error}; nothing was kept, try again later"
            ) from error
    print(BRING.format(layout=layout), file=sys.stderr)
    return target


def total(files: Sequence[RemoteFile]) -> int:
    """Return about how many bytes the files have together."""
    return sum(file.expected for file in files)
