"""Download MACS: its annotations, and those archives of TAU scenes 2019 that hold its clips."""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.macs.dataset import Macs
from aacbench.datasets.shared import tau
from aacbench.datasets.shared.remote import ZENODO, RemoteFile, fetch_archives, get, make_folder, unpacked
from aacbench.datasets.shared.settings import Settings
from aacbench.errors import AacbenchError, first_few, unknown_name
from aacbench.files.cache_dir import home

RECORD = 5114771
FILES = (
    ("MACS.yaml", "23fcb2ebd0b109094034ef9e87972256", 3_500_000),
    ("MACS_competence.csv", "4dfe9f951f0af9f29cb7952ec030370a", 10_000),
    ("LICENSE.txt", "d3086f4517cccc32c1bb3a081b07cfa1", 10_000),
)
ARCHIVES = (1, 2, 3, 9, 10, 11, 12, 13)  # of TAU scenes 2019: those that hold clips of MACS


def fetch(target: Path, version: str | None = None) -> Path:
    """Download, verify and unpack MACS into `target`, and return it; recordings fetched as `tau-scenes` are not again.

    Raises:
        UserError: unknown version, too little disk, or offline.
        AacbenchError: the server fails, or sends other files than the published ones.
    """
    if version not in (None, "v1"):
        raise unknown_name("version of macs", str(version), ["v1"])
    make_folder(target)
    for file in _texts():
        get(file, target / file.name)
    cache = home() / "datasets" / "tau-scenes" / "2019"
    fetch_archives(target, [archive for archive in _recordings() if not unpacked(cache, archive)], "macs")
    dataset = Macs(target, Settings("macs", {}, ()))
    _, missing, _ = dataset.find_files(list(dataset.annotations))
    if missing:
        raise AacbenchError(
            f"the archives were unpacked into {target}, but {len(missing)} of {len(dataset.annotations)} clips are not "
            f"there: {first_few(missing)}"
        )
    return target


def download_size(version: str | None = None) -> int:
    """Return about how many bytes `fetch` downloads."""
    return sum(file.expected for file in (*_texts(), *_recordings()))


def _texts() -> list[RemoteFile]:
    return [RemoteFile(name, ZENODO.format(record=RECORD, name=name), md5, None, size) for name, md5, size in FILES]


def _recordings() -> list[RemoteFile]:
    audio = tau.audio("2019")
    return [*tau.texts("2019"), *(audio[number - 1] for number in ARCHIVES)]
