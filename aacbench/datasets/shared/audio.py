"""Audio files of a split: which file belongs to which name, and whether each can be read.

Disks spell names differently: macOS decomposes accents (Unicode form D), Windows cannot hold `:` or `?`, and
its unpackers write `_` instead. A name is looked for as it is, then in form C, then with those replaced.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aacbench.audio.io import info
from aacbench.datasets.shared.tables import key
from aacbench.errors import UserError, first_few

THREADS = 16  # the work is waiting for the disk
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")  # what libsndfile reads, the preferred one first


@dataclass(frozen=True, slots=True)
class MatchedFiles:
    """Which names have a file, which have none, and how many audio files no name claims."""

    files: Mapping[str, Path]
    missing: Sequence[str]
    unclaimed: int


def match_files(folder: Path, names: Iterable[str]) -> MatchedFiles:
    """Match clip names with the files in `folder`."""
    names = list(names)
    with os.scandir(folder) as entries:
        present = {entry.name for entry in entries if not entry.name.startswith("._") and not entry.is_dir()}
    files: dict[str, Path] = {}
    for spelling in (str, key, _portable):
        free = {spelling(name): name for name in sorted(present)}
        for name in names:
            if name not in files and (match := free.get(spelling(name))) in present:
                files[name] = folder / str(match)
                present.discard(str(match))
    unclaimed = sum(is_audio(name) for name in present)
    return MatchedFiles(
        {name: files[name] for name in names if name in files}, [n for n in names if n not in files], unclaimed
    )


def match_paths(root: Path, names: Iterable[str]) -> MatchedFiles:
    """Match relative paths (with `/`) with the files below `root`, folder by folder."""
    names = list(names)
    folders: dict[str, list[PurePosixPath]] = defaultdict(list)
    for name in names:
        folders[str(PurePosixPath(name).parent)].append(PurePosixPath(name))
    files: dict[str, Path] = {}
    unclaimed = 0
    for folder, paths in folders.items():
        if os.path.isdir(root / folder):  # a name that no disk can hold is absent
            found = match_files(root / folder, [path.name for path in paths])
            unclaimed += found.unclaimed
            files |= {str(path): found.files[path.name] for path in paths if path.name in found.files}
    placed = {name: files[spelt] for name in names if (spelt := str(PurePosixPath(name))) in files}
    return MatchedFiles(placed, [name for name in names if name not in placed], unclaimed)


def is_audio(name: str) -> bool:
    """Whether a file name ends as that of an audio file that can be read."""
    return name.lower().endswith(SUFFIXES)


def _portable(name: str) -> str:
    return re.sub(r'[<>:"|?*\\]', "_", key(name))


def check_audio(what: str, files: Mapping[str, Path], missing: Sequence[str], place: object, advice: str) -> None:
    """Refuse clips without a file and files that cannot be read; every header is read.

    Raises:
        UserError: names the clips of both kinds, the reason of the first unreadable one, and `advice`.
    """
    total = len(files) + len(missing)
    broken = unreadable(files)
    problems = []
    if missing:
        problems.append(f"{len(missing)} of {total} clips have no audio file in {place}: {first_few(missing)}")
    if broken:
        why = next(iter(broken.values()))
        problems.append(f"{len(broken)} of {total} clips cannot be used: {first_few(broken)} ({why})")
    if problems:
        raise UserError(f"{what}: {'; '.join(problems)}. {advice}")


def unreadable(files: Mapping[str, Path]) -> dict[str, str]:
    """Return why audio files cannot be used, by name; headers and sizes are read in parallel."""
    with ThreadPoolExecutor(THREADS) as pool:
        reasons = pool.map(_problem, files.values())
        return {name: reason for name, reason in zip(files, reasons, strict=True) if reason}


def _problem(path: Path) -> str | None:
    try:
        if cut := _cut_short(path):
            return cut
        info(path)
    except UserError as error:
        return str(error)
    except OSError as error:
        return f"audio file {path} cannot be read ({error.strerror})"
    return None


def _cut_short(path: Path) -> str | None:
    """Say so if a WAV file ends before the length in its header: libsndfile reads it without a word."""
    with path.open("rb") as file:
        head = file.read(12)
        size = os.fstat(file.fileno()).st_size
    stated = int.from_bytes(head[4:8], "little") + 8
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE" and size < stated < 2**32 - 1:
        return f"audio file {path} is cut: {size:,} bytes of {stated:,}; fetch it again"
    return None
