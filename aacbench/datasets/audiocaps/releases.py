"""AudioCaps' caption files in its authors' repository: rows, clips and MD5 (None where none was published)."""

from __future__ import annotations

from dataclasses import dataclass

from aacbench.datasets.shared.remote import RemoteFile
from aacbench.errors import unknown_name

URL = "https://raw.githubusercontent.com/cdjkim/audiocaps/master/{folder}/{name}"
FOLDERS = {"v1": "dataset", "v2": "dataset2.0"}
DEFAULT = "v1"
OFFICIAL = {"development": "train", "validation": "val", "evaluation": "test"}
MD5 = {
    ("v1", "train"): "be909c34c4aa154f53acab960a1e998b",
    ("v1", "val"): "29adf3a58afc406fa3a9bd785e20db51",
    ("v1", "test"): "9775aec3f52037d12cacda132dd5316d",
    ("v2", "val"): "b319beea34769896c80399b14befdf8a",
    ("v2", "test"): "11f06bd97a512e62d7907d724c76e7c3",
}
ROWS = {
    ("v1", "train"): 49_838,
    ("v2", "train"): 91_256,
    **{(version, split): rows for version in FOLDERS for split, rows in (("val", 2475), ("test", 4875))},
}
PER_ROW = 73  # bytes


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """The captions of one split: its official name, its file and its rows."""

    official: str
    file: RemoteFile
    rows: int


def version_of(version: str | None) -> str:
    """Return `v1` (the default) or `v2`; `1`, `2.0` and `V2` are understood.

    Raises:
        UserError: no such version.
    """
    wanted = (version or DEFAULT).strip().lower().removesuffix(".0")
    name = wanted if wanted.startswith("v") else f"v{wanted}"
    if name not in FOLDERS:
        raise unknown_name("version of audiocaps", version or "", FOLDERS)
    return name


def tables(version: str) -> dict[str, ReleaseTable]:
    """Return the caption files of `version` by split."""
    by_split = {}
    for split, official in OFFICIAL.items():
        rows = ROWS[version, official]
        url = URL.format(folder=FOLDERS[version], name=f"{official}.csv")
        file = RemoteFile(f"{official}.csv", url, MD5.get((version, official)), None, rows * PER_ROW)
        by_split[split] = ReleaseTable(official, file, rows)
    return by_split
