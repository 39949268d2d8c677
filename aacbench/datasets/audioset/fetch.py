"""Download AudioSet's labels and segments; its audio is not distributed. Sizes are bytes.

No checksums are published: a file is judged by its rows, and by how many it states itself.
"""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.audioset.segments import FILES, LABELS, LABELS_FILE, SEGMENTS, read_labels, read_segments
from aacbench.datasets.shared.published import fetch_tables, total
from aacbench.datasets.shared.remote import RemoteFile
from aacbench.errors import UserError

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
    counts = {LABELS_FILE: LABELS, **{FILES[name]: count for name, count in SEGMENTS.items()}}

    def judge(path: Path) -> str:
        names = read_labels(target / LABELS_FILE)
        rows = len(names) if path.name == LABELS_FILE else sum(1 for _ in read_segments(path, names))
        if rows != counts[path.name]:
            raise UserError(f"{rows:,} rows, wanted {counts[path.name]:,}")
        return f"{rows:,} rows"

    return fetch_tables(target, files(), "Y<youtube id>.wav, <youtube id>_<start>.flac ...", judge)


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return total(files())
