"""Where Clotho's files lie: the official names, in the folder arrangements that are in use.

CSV files lie in the root or in `clotho_csv_files/`; a split's WAV files in `<split>/`,
`clotho_audio_files/<split>/`, or where an archive was unpacked into a folder of its own name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aacbench.errors import UserError
from aacbench.paths import home

CSV_FOLDERS = ("", "clotho_csv_files", "csv_files", "csv", "metadata")
AUDIO_FOLDERS = (
    "{split}",
    "clotho_audio_files/{split}",
    "audio/{split}",
    "clotho_audio_{split}/{split}",
    "clotho_audio_{split}",
)


def cache_folder(version: str) -> Path:
    """Return where `aacbench fetch` puts a version by default; it may not exist."""
    return home() / "datasets" / "clotho" / version


def find_root(data_dir: Path | None, version: str) -> Path:
    """Return the folder that holds Clotho: below `data_dir` if given, else `$AACBENCH_DATA`, else the cache.

    Raises:
        UserError: no captions file is there.
    """
    tried = list(_places(data_dir, version))
    for root in tried:
        if _has_captions(root):
            return root
    wanted = "a file such as clotho_captions_development.csv, there or in clotho_csv_files"
    if data_dir is not None:
        problem = "is not a folder" if not data_dir.is_dir() else f"holds no Clotho (wanted {wanted})"
        raise UserError(
            f"{data_dir} {problem}; correct --data-dir, or {_fetch_hint(version)} --data-dir {data_dir}"
        )
    searched = ", ".join(str(root) for root in tried)
    raise UserError(
        f"Clotho {version} is not on this machine; {_fetch_hint(version)}, or name its folder with "
        f"--data-dir or AACBENCH_DATA (wanted {wanted}; looked in {searched})"
    )


def _fetch_hint(version: str) -> str:
    return f"run `aacbench fetch clotho --version {version}`"


def _places(data_dir: Path | None, version: str) -> Iterator[Path]:
    if data_dir is not None:
        yield data_dir
        yield from _below(data_dir, version)
        return
    if base := os.environ.get("AACBENCH_DATA"):
        folder = Path(base).expanduser()
        yield from _below(folder, version)
        yield folder
    yield cache_folder(version)


def _below(base: Path, version: str) -> Iterator[Path]:
    yield base / "clotho" / version
    yield base / f"CLOTHO_{version}"
    yield base / "clotho"


def _has_captions(root: Path) -> bool:
    return any(True for folder in CSV_FOLDERS for _ in root.joinpath(folder).glob("clotho_captions_*.csv"))


def captions_file(root: Path, split: str) -> Path | None:
    """Return the split's captions file, or None."""
    return _first(root / folder / f"clotho_captions_{split}.csv" for folder in CSV_FOLDERS)


def metadata_file(root: Path, split: str) -> Path | None:
    """Return the split's metadata file (Freesound ids, keywords), or None."""
    names = (f"clotho_metadata_{split}.csv", f"{split}_audio_metadata.csv")
    return _first(root / folder / name for folder in CSV_FOLDERS for name in names)


def audio_folder(root: Path, split: str) -> Path | None:
    """Return the folder with the split's WAV files, or None."""
    return _first(root / folder.format(split=split) for folder in AUDIO_FOLDERS)


def _first(paths: Iterator[Path]) -> Path | None:
    return next((path for path in paths if path.exists()), None)
