"""Audio files of a split: which file belongs to which name, and whether each can be read.

Disks spell names differently: macOS decomposes accents (Unicode form D), Windows cannot hold `:` or `?`, and
its unpackers write `_` instead. A name is looked for as it is, then in form C, then with those replaced; then as near
names are everywhere (`aacbench.files.names`): another ending or case, no blanks at the ends, other folders.
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
from aacbench.audio.source import audio_name
from aacbench.datasets.shared.shards import shard_members
from aacbench.datasets.shared.tables import key
from aacbench.errors import UserError, counted, first_few
from aacbench.files.audio_files import audio_below, is_audio, rank
from aacbench.files.names import NameMatch, match_names
from aacbench.runtime.ahead import in_order
from aacbench.types import Audio

THREADS = 16  # the work is waiting for the disk
AHEAD = 16 * THREADS  # headers that are read or wait to be


@dataclass(frozen=True, slots=True)
class MatchedFiles:
    """Which names have a file, which have none, and how many audio files no name claims.

    `near` says which names have a file of a name that is only near theirs; `hint` why a near one was not taken.
    """

    files: Mapping[str, Audio]
    missing: Sequence[str]
    unclaimed: int
    near: Sequence[str] = ()
    hint: str = ""


def match_files(folder: Path, names: Iterable[str]) -> MatchedFiles:
    """Match clip names with the files in `folder`."""
    names = list(names)
    with os.scandir(folder) as entries:
        present = {entry.name for entry in entries if not entry.name.startswith("._") and not entry.is_dir()}
    files: dict[str, Audio] = {name: folder / spelt for name, spelt in _equal(names, present).items()}
    free = [name for name in sorted(present) if is_audio(name) and folder / name not in set(files.values())]
    return _with_near(names, files, {name: folder / name for name in free})


def match_paths(root: Path, names: Iterable[str]) -> MatchedFiles:
    """Match relative paths (with `/`) with the files below `root`; near names may lie in any folder of it.

    A name that leads out of `root` has no file there but by a near name.
    """
    names = list(names)
    folders: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if not leads_out(name):
            folders[str(PurePosixPath(name).parent)].append(name)
    files: dict[str, Audio] = {}
    for folder, paths in folders.items():
        if os.path.isdir(root / folder):  # a name that no disk can hold is absent
            with os.scandir(root / folder) as entries:
                present = {entry.name for entry in entries if not entry.name.startswith("._") and not entry.is_dir()}
            last = {path: PurePosixPath(path).name for path in paths}
            spelt = _equal(list(last.values()), present)
            files |= {path: root / folder / spelt[name] for path, name in last.items() if name in spelt}
    if len(files) == len(set(names)):
        claimed = set(files.values())
        extra = sum(
            is_audio(name) and root / folder / name not in claimed
            for folder in folders
            for name in os.listdir(root / folder)
        )
        return MatchedFiles({name: files[name] for name in names}, [], extra)
    claimed = set(files.values())
    members = shard_members(root)
    files |= {name: members.pop(name) for name in names if name not in files and name in members}
    free = {path.relative_to(root).as_posix(): path for path in audio_below(root) if path not in claimed}
    return _with_near(names, files, {**members, **free})


def _equal(names: Sequence[str], present: set[str]) -> dict[str, str]:
    """Return which name of `present` each name is, in the spellings of disks."""
    equals: dict[str, str] = {}
    left = set(present)
    for spelling in (str, key, _portable):
        free = {spelling(name): name for name in sorted(left)}
        for name in names:
            if name not in equals and (match := free.get(spelling(name))) in left:
                equals[name] = str(match)
                left.discard(str(match))
    return equals


def _with_near(names: Sequence[str], files: Mapping[str, Audio], free: Mapping[str, Audio]) -> MatchedFiles:
    """Complete a match by near names among `free`."""
    lacking = [name for name in names if name not in files]
    match = match_names(lacking, _preferred(free)) if lacking else NameMatch({})
    of = {name: free[other] for name, other in match.of.items() if _one_ends_the_other(name, other)}
    whole = {**files, **of}
    near = [f"{name!r} is {PurePosixPath(match.of[name]).name!r}" for name in of]
    missing = [name for name in names if name not in whole]
    placed = {name: whole[name] for name in names if name in whole}
    return MatchedFiles(placed, missing, len(free) - len(of), near, match.hint())


def _one_ends_the_other(name: str, other: str) -> bool:
    """Whether folders stand in front of one of two paths alone: `c/x.wav` is not taken for `a/x.wav`."""
    first, second = (
        [part.strip() for part in PurePosixPath(path.replace("\\", "/").casefold()).parent.parts if part != ".."]
        for path in (name, other)
    )
    short, long = sorted((first, second), key=len)
    return not short or long[-len(short) :] == short


def _preferred(free: Mapping[str, Audio]) -> list[str]:
    """Return the names, of those that differ in the ending alone only the preferred one."""
    best: dict[str, str] = {}
    for name in free:
        stem = os.path.splitext(name)[0]
        if stem not in best or rank(Path(name)) < rank(Path(best[stem])):
            best[stem] = name
    return list(best.values())


def near_note(found: MatchedFiles, where: str) -> list[str]:
    """Return a note about clips that were found by a near name."""
    if not found.near:
        return []
    number = counted(len(found.near), "file is", "files are")
    return [f"{where}: {number} not called as the table says: {'; '.join(found.near[:3])}"]


def leads_out(name: str) -> bool:
    """Whether a path is absolute, climbs, or is none, on this system or another."""
    parts = PurePosixPath(name.replace("\\", "/"))
    return "\0" in name or parts.is_absolute() or ".." in parts.parts or not parts.name or ":" in parts.parts[0]


def _portable(name: str) -> str:
    return re.sub(r'[<>:"|?*\\]', "_", key(name))


def check_audio(
    what: str, files: Mapping[str, Audio], missing: Sequence[str], place: object, advice: str, hint: str = ""
) -> None:
    """Refuse clips without a file and files that cannot be read; every header is read.

    Raises:
        UserError: names the clips of both kinds, the reason of the first unreadable one, and `advice`.
    """
    total = len(files) + len(missing)
    broken = unreadable(files)
    problems = []
    if missing:
        problems.append(f"{len(missing)} of {total} clips have no audio file in {place}: {first_few(missing)}{hint}")
    if broken:
        why = next(iter(broken.values()))
        problems.append(f"{len(broken)} of {total} clips cannot be used: {first_few(broken)} ({why})")
    if problems:
        raise UserError(f"{what}: {'; '.join(problems)}. {advice}")


def unreadable(files: Mapping[str, Audio]) -> dict[str, str]:
    """Return why audio files cannot be used, by name; headers and sizes are read in parallel."""
    with ThreadPoolExecutor(THREADS) as pool:
        reasons = in_order(pool, _problem, files.values(), AHEAD)
        return {name: reason for name, reason in zip(files, reasons, strict=True) if reason}


def _problem(audio: Audio) -> str | None:
    try:
        if isinstance(audio, Path) and (cut := _cut_short(audio)):
            return cut
        info(audio)
    except UserError as error:
        return str(error)
    except OSError as error:
        return f"audio file {audio_name(audio)} cannot be read ({error.strerror})"
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
