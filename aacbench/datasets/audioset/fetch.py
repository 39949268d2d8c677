"""Download AudioSet's labels and segments; its audio is not distributed. Sizes are bytes.

No checksums are published: a file is judged by its rows, and by how many it states itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aacbench.datasets.audioset.segments import FILES, LABELS, LABELS_FILE, SEGMENTS, read_labels, read_segments
from aacbench.datasets.shared.remote import RemoteFile, get, make_folder
from aacbench.errors import AacbenchError, UserError

URL = "https://storage.googleapis.com/us_audioset/youtube_corpus/v1/csv/{name}"
PER_SEGMENT = 50


def files() -> list[RemoteFile]:
    """Return the files, the labels first."""
    sizes = {LABELS_FILE: 27 * LABELS, **{FILES[name]: PER_SEGMENT * count for name, count in SEGMENTS.items()}}
    return [RemoteFile(name, URL.format(name=name), None, None, size) for name, size in sizes.items()]


def fetch(target: Path, version: str | None = None) -> Path:
    """Download labels and segments into `target`, check their rows, and return it.

    Raises:
        UserError: offline, or a folder that cannot be written.
        AacbenchError: the server fails, or sends files with other rows.
    """
    make_folder(target)
    counts = {LABELS_FILE: LABELS, **{FILES[name]: count for name, count in SEGMENTS.items()}}
    for file in files():
        path = get(file, target / file.name)
        try:
            names = read_labels(target / LABELS_FILE)
            rows = len(names) if file.name == LABELS_FILE else sum(1 for _ in read_segments(path, names))
            problem = "" if rows == counts[file.name] else f"{rows:,} rows, wanted {counts[file.name]:,}"
        except UserError as error:
            problem = str(error)
        if problem:
            path.unlink()
            raise AacbenchError(f"{file.url} is not the published file: {problem}; nothing was kept, try again later")
    print("the clips are yours to bring: name their folder with --data-dir", file=sys.stderr)
    return target


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return sum(file.expected for file in files())
