"""What a plain tar archive holds and where, so that members are read in place (`FilePart`), without unpacking.

A list is made once and kept in the cache folder "shards", under the archive's path, size and modification time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from contextlib import suppress
from pathlib import Path

from aacbench.errors import UserError, first_few, one_line
from aacbench.files.cache_dir import cache
from aacbench.files.file_part import SEPARATOR, FilePart
from aacbench.files.kept_json import keep_json, kept_json

FORM = 1  # of the kept lists


def tar_members(archive: Path) -> dict[str, FilePart]:
    """Return the plain files of a tar archive by name, in its order; of one name twice, the last (as tar unpacks).

    Raises:
        UserError: it cannot be read, is compressed or damaged, is cut short, or has names that lead out of a folder.
    """
    head = _head(archive)
    name = hashlib.sha256(os.fsencode(os.path.abspath(archive))).hexdigest()[:32]
    kept = cache("shards", name[:2]) / f"{name}.json"
    listed = _kept(kept, head)
    if listed is None:
        listed = _listed(archive, head[1])
        with suppress(OSError):  # a list that cannot be kept is made again in the next run
            keep_json(kept, [head, listed])
    return {member: FilePart(archive, member, offset, size) for member, offset, size in listed}


def tar_member(location: str) -> FilePart | None:
    """Return the member that `ARCHIVE::NAME` names; None where it is no such text.

    Raises:
        UserError: the archive cannot be read, or has no such member.
    """
    archive, separator, member = location.partition(SEPARATOR)
    if not separator:
        return None
    members = tar_members(Path(archive))
    if member not in members:
        raise UserError(f"{archive} has no member {member!r}; was it packed anew?")
    return members[member]


def _head(archive: Path) -> tuple[int, int, int]:
    try:
        status = os.stat(archive)
    except OSError as error:
        raise UserError(f"cannot read {archive}: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{archive} is no plain file; wanted a tar archive")
    return FORM, status.st_size, status.st_mtime_ns


def _kept(path: Path, head: tuple[int, int, int]) -> list[tuple[str, int, int]] | None:
    try:
        stored, listed = kept_json(path)
        whole = tuple(stored) == head and all(int(start) >= 0 and int(size) >= 0 for _, start, size in listed)
        return [(str(name), int(start), int(size)) for name, start, size in listed] if whole else None
    except (ValueError, TypeError):
        return None


def _listed(archive: Path, total: int) -> list[tuple[str, int, int]]:
    members: dict[str, tuple[str, int, int]] = {}
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                opened.members = []  # type: ignore[attr-defined]  # else it holds all of them in memory
                if not member.isreg() or member.issparse():
                    continue
                if member.offset_data + member.size > total:
                    raise UserError(f"{archive} is cut short in {member.name!r}; fetch or pack it again")
                members.pop(member.name, None)
                members[member.name] = (member.name, member.offset_data, member.size)
    except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError) as error:
        raise UserError(
            f"{archive} is no plain tar archive ({one_line(error)}); compressed ones must be unpacked first"
        ) from error
    if odd := [name for name in members if _leads_out(name)]:
        raise UserError(f"{archive} has members that lead out of a folder: {first_few(odd)}; pack it again")
    return list(members.values())


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return not parts[0] or ".." in parts or "\0" in name or SEPARATOR in name
