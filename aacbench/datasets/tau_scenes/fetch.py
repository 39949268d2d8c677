"""Download TAU Urban Acoustic Scenes: tables, then 16 (2020) or 21 (2019) archives of recordings, one at a time."""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.shared import tau
from aacbench.datasets.shared.audio import match_paths
from aacbench.datasets.shared.remote import fetch_archives, make_folder
from aacbench.datasets.tau_scenes.tables import read_meta
from aacbench.errors import AacbenchError, first_few, unknown_name

DEFAULT = "2020"


def fetch(target: Path, version: str | None = None) -> Path:
    """Download, verify and unpack a version into the folder `target`, and return it.

    Raises:
        UserError: unknown version, too little disk, or offline.
        AacbenchError: the server fails, or an archive is damaged or not what it should be.
    """
    version = _known(version)
    make_folder(target)
    fetch_archives(target, [*tau.texts(version), *tau.audio(version)], f"tau-scenes {version}")
    root = target / tau.FOLDERS[version]
    names = read_meta(root / "meta.csv")
    if missing := match_paths(root, names).missing:
        raise AacbenchError(
            f"the archives were unpacked, but {len(missing)} of {len(names)} clips are not in {root}: "
            f"{first_few(missing)}"
        )
    return target


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    version = _known(version)
    return sum(file.expected for file in (*tau.texts(version), *tau.audio(version)))


def _known(version: str | None) -> str:
    if version not in (None, *tau.FOLDERS):
        raise unknown_name("version of tau-scenes", str(version), tau.FOLDERS)
    return version or DEFAULT
