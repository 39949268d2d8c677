"""Unpack 7z and zip archives that were made elsewhere: nothing leaves the folder, nothing fills the disk.

Every member is judged by the archive's own table before a byte is written: only plain files and folders with
relative names, no more bytes than expected. (Both unpackers stop at the sizes of the table.) Sizes are bytes.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from aacbench.errors import AacbenchError, UserError, first_few, one_line
from aacbench.files.download import exclusive, human, meter, require_space
from aacbench.files.download.meter import Meter
from aacbench.files.tree import remove_tree

PIECE = 2**20
DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EIO}
# What parsing a damaged table or stream ends in, besides py7zr's own errors.
DAMAGE = (
    *(zipfile.BadZipFile, LZMAError, zlib.error, struct.error, EOFError, UnicodeError, NotImplementedError),
    *(ValueError, TypeError, AttributeError, LookupError, AssertionError, ArithmeticError, RuntimeError, MemoryError),
)
FEW = 1000  # members that any archive may have
MEMBER = 1024  # bytes that a member counts at least: a file costs the disk something even if it is empty


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A file or folder in an archive. `kind` is `file`, `folder`, or what else it is."""

    name: str
    size: int
    kind: str


def unpack(archive: Path, folder: Path, *, max_bytes: int, progress: bool = True) -> list[Path]:
    """Unpack `archive` (.7z or .zip) into `folder` and return the files, in the archive's order.

    It is unpacked beside its place first, so that a killed process leaves no half of a file there; files that
    exist are replaced, others left alone. `max_bytes` is the most that an honest archive would hold.

    Raises:
        AacbenchError: it is damaged, encrypted, or holds what no data set needs (links, devices, names that
            lead out of the folder, more than `max_bytes`).
        UserError: the archive cannot be read, the disk has no room, or the folder cannot be written.
    """
    with exclusive(folder / archive.name, progress):
        temporary = folder / f".{archive.name}.unpacking"
        _discard(temporary)  # of a process that was killed
        try:
            with _damage_named(archive):
                members = _members(archive)
                _check(archive, members, max_bytes)
                require_space(folder, sum(member.size for member in members), f"unpacking {archive.name}")
                temporary.mkdir(parents=True)
                with meter(archive.name, progress, "unpacking") as bar:
                    _extract(archive, temporary, sum(member.size for member in members), bar)
                _check_result(archive, temporary, members)
                _move(temporary, folder)
        finally:
            _discard(temporary)
    return [folder / PurePosixPath(member.name) for member in members if member.kind == "file"]


def _discard(folder: Path) -> None:
    with suppress(OSError):
        remove_tree(folder)


def _is_7z(archive: Path) -> bool:
    with archive.open("rb") as file:
        return file.read(6) == b"7z\xbc\xaf\x27\x1c"


def _members(archive: Path) -> list[ArchiveMember]:
    """Return what the archive says it holds."""
    if not _is_7z(archive):
        with zipfile.ZipFile(archive) as opened:
            return [ArchiveMember(info.filename, info.file_size, _zip_kind(info)) for info in opened.infolist()]
    import py7zr

    with archive.open("rb") as file, py7zr.SevenZipFile(file) as opened:
        if opened.needs_password():
            return [ArchiveMember(name, 0, "encrypted file") for name in opened.getnames()]
        return [
            ArchiveMember(
                entry.filename,
                entry.uncompressed or 0,
                _7z_kind(entry.st_fmt, entry.is_directory, entry.is_symlink),
            )
            for entry in opened.files
        ]


def _zip_kind(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x1:
        return "encrypted file"
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return _kind_of_mode(mode)
    return "folder" if info.is_dir() else "file"


def _7z_kind(mode: int | None, is_directory: bool, is_link: bool) -> str:
    if mode and mode not in (stat.S_IFREG, stat.S_IFDIR):
        return _kind_of_mode(mode)
    if is_link:  # a Windows reparse point: symbolic link or junction
        return "link"
    return "folder" if is_directory or mode == stat.S_IFDIR else "file"


def _kind_of_mode(mode: int) -> str:
    return {stat.S_IFLNK: "link", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}.get(mode, "device")


def _check(archive: Path, members: Sequence[ArchiveMember], max_bytes: int) -> None:
    """Refuse all but plain files and folders below the archive's root, each once, and not too many bytes."""
    refused = [f"{member.kind} {member.name}" for member in members if member.kind not in ("file", "folder")]
    refused += [f"unsafe name {member.name}" for member in members if _leads_out(member.name)]
    names = Counter(PurePosixPath(member.name) for member in members if member.kind == "file")
    refused += [f"{count} files {name}" for name, count in names.items() if count > 1]
    refused += [f"{name} inside a file" for name in names if any(parent in names for parent in name.parents)]
    if refused:
        raise AacbenchError(f"{archive} is not unpacked, it holds what is never needed: {first_few(refused)}")
    total = sum(member.size for member in members)
    if total > max_bytes or MEMBER * len(members) > max(MEMBER * FEW, max_bytes):
        raise AacbenchError(
            f"{archive} is not unpacked: it would grow to {human(total)} in {len(members):,} files and folders, "
            f"expected at most {human(max_bytes)}"
        )


def _leads_out(name: str) -> bool:
    """Return whether a member's name is empty, absolute or climbing, on this system or another."""
    parts = name.replace("\\", "/").split("/")
    return not name.strip("./") or not parts[0] or ".." in parts or bool(re.match(r"[A-Za-z]:|.*\0", name))


def _extract(archive: Path, folder: Path, total: int, bar: Meter) -> None:
    if _is_7z(archive):
        _extract_7z(archive, folder, total, bar)
        return
    done = 0
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            path = folder / PurePosixPath(info.filename)
            if info.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(info) as source, path.open("xb") as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    done += len(piece)
                    bar.show(done, total)


def _extract_7z(archive: Path, folder: Path, total: int, bar: Meter) -> None:
    import py7zr
    from py7zr.callbacks import ExtractCallback

    class Report(ExtractCallback):
        done = 0

        def report_update(self, decompressed_bytes: str) -> None:
            self.done += int(decompressed_bytes)
            bar.show(self.done, total)

        def report_start_preparation(self) -> None: ...
        def report_start(self, processing_file_path: str, processing_bytes: str) -> None: ...
        def report_end(self, processing_file_path: str, wrote_bytes: str) -> None: ...
        def report_warning(self, message: str) -> None: ...
        def report_postprocess(self) -> None: ...

    with archive.open("rb") as file, py7zr.SevenZipFile(file) as opened:
        opened.extractall(folder, callback=Report())


def _check_result(archive: Path, folder: Path, members: Sequence[ArchiveMember]) -> None:
    """Compare what lies on disk with the table, and give files and folders ordinary permissions."""
    sizes: dict[str, int] = {}
    for path in _walk(folder):
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        if not stat.S_ISREG(status.st_mode):
            raise AacbenchError(f"{archive} is not unpacked: {path.name!r} came out as no plain file")
        path.chmod(0o644)
        sizes[path.relative_to(folder).as_posix()] = status.st_size
    wanted = {str(PurePosixPath(member.name)): member.size for member in members if member.kind == "file"}
    if sizes != wanted:
        odd = sorted(name for name in sizes.keys() | wanted.keys() if sizes.get(name) != wanted.get(name))
        raise AacbenchError(f"{archive} did not unpack as its table says: {first_few(odd)}")


def _walk(folder: Path) -> Iterator[Path]:
    """Yield everything below `folder`; folders are made readable, links not followed."""
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            entry.chmod(0o755)
            yield from _walk(entry)
        yield entry


def _move(source: Path, target: Path) -> None:
    """Move the entries of `source` into `target`: a new entry at once, an existing folder entry by entry."""
    for entry in sorted(source.iterdir()):
        destination = target / entry.name
        if entry.is_dir() and destination.is_dir() and not destination.is_symlink():
            _move(entry, destination)
        elif destination.is_dir():
            raise AacbenchError(f"cannot put the file {entry.name!r} at {destination}: a folder is in the way")
        else:
            os.replace(entry, destination)


@contextmanager
def _damage_named(archive: Path) -> Iterator[None]:
    """Turn what the unpackers raise on damaged archives, and the disk's refusals, into one clear error."""
    try:
        yield
    except (AacbenchError, KeyboardInterrupt):
        raise
    except OSError as error:
        if error.errno in DISK_TROUBLE:
            raise UserError(f"cannot unpack {archive}: {error.strerror} ({error.filename or 'the disk'})") from error
        raise _damaged(archive, error) from error
    except Exception as error:
        if not isinstance(error, DAMAGE) and not type(error).__module__.startswith("py7zr"):
            raise
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> AacbenchError:
    return AacbenchError(
        f"{archive} cannot be unpacked ({one_line(error)}): it is damaged, or no 7z or zip; delete it and fetch again"
    )
