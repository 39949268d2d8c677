"""Where Clotho's files lie: the official names, in the folder arrangements that are in use.

CSV files lie in the root or in `clotho_csv_files/`; a split's WAV files in `<split>/`,
`clotho_audio_files/<split>/`, or where an archive was unpacked into a folder of its own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aacbench.datasets.shared.places import DatasetLocation

CSV_FOLDERS = ("", "clotho_csv_files", "csv_files", "csv", "metadata")
AUDIO_FOLDERS = (
    "{split}",
    "clotho_audio_files/{split}",
    "audio/{split}",
    "clotho_audio_{split}/{split}",
    "clotho_audio_{split}",
)


def find_root(data_dir: Path | None, version: str) -> Path:
    """Return the folder that holds Clotho: below `data_dir` if given, else `$AACBENCH_DATA`, else the cache.

    Raises:
        UserError: no captions file is there.
    """
    folders = (f"clotho/{version}", f"CLOTHO_{version}", "clotho")
    wanted = "a file such as clotho_captions_development.csv, there or in clotho_csv_files"
    return DatasetLocation("clotho", "Clotho", version, folders, _has_captions, wanted).find(data_dir)


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
