"""Archives made to do harm, and archives that are damaged: refused, with nothing left behind and nothing outside."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from functools import cache
from pathlib import Path

import py7zr
import pytest
from hypothesis import strategies as st

from aacbench.files.archives import unpack
from tests.faults.fuzz.harness import fuzz, outcome
from tests.faults.fuzz.mutations import byte_changes
from tests.faults.tally import Outcome, Tally

pytestmark = pytest.mark.faults

MOST = 200_000  # bytes that an archive may unpack to
NAMES = (
    *("a.wav", "A.wav", "b/c.wav", "b/C.wav", "b", "b/", "B/c.wav", "./a.wav", "a.wav/", "a.wav/x", "", " ", "."),
    *(
        "..",
        "../x",
        "b/../../x",
        "/x",
        "//x",
        "C:x",
        "C:\\x",
        "b\\..\\..\\x",
        "\\x",
        "~/x",
        "x" * 300,
        "a\nb",
        "é",
        "e\u0301",
    ),
    *("con", "a.wav.", "b//c.wav", "b/./d.wav", "...", "-rf", "\x7f", "\u202egnp.wav", "a\0b"),
)
MODES = (0, 0, 0, stat.S_IFREG | 0o644, stat.S_IFDIR | 0o755, stat.S_IFLNK | 0o777, stat.S_IFIFO, stat.S_IFCHR,
         stat.S_IFBLK, stat.S_IFSOCK, stat.S_IFREG | 0o6777)  # fmt: skip


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    """Return a zip of odd names, kinds and contents, sometimes with fields of its table changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for _ in range(draw(st.integers(0, 4))):
            member = zipfile.ZipInfo(draw(st.sampled_from(NAMES)))
            member.external_attr = draw(st.sampled_from(MODES)) << 16
            kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
            member.compress_type = draw(st.sampled_from(kinds[:2] * 3 + kinds[2:]))
            content = draw(st.sampled_from((b"", b"../../x", b"sound" * 20, b"\0" * 1000, b"\0" * (MOST + 1))))
            with warnings.catch_warnings(action="ignore"):  # of names that come twice
                archive.writestr(member, content)
    found = bytearray(file.getvalue())
    for _ in range(draw(st.integers(0, 2))):  # flags, method, sizes and offsets, in the table and before each member
        mark = draw(st.sampled_from((b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")))
        place = found.find(mark) + draw(st.integers(4, 44))
        width = draw(st.sampled_from((1, 2, 4)))
        number = draw(st.sampled_from((0, 1, 8, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)))
        found[place : place + width] = struct.pack("<I", number)[:width]
    content = bytes(found)
    return draw(byte_changes(content)) if draw(st.integers(0, 4)) == 0 else content


def judge_in(folder: Path, content: bytes) -> Outcome:
    """Unpack; whatever comes of it, only plain files below the folder are there, or nothing."""
    archive, target = folder / "in/archive.bin", folder / "in/data"
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(content)
    try:
        found = outcome(lambda: unpack(archive, target, max_bytes=MOST, progress=False), archive)
        outside = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if target not in path.parents}
        assert outside <= {"in", "in/archive.bin", "in/data"}, outside
        there = [path for path in target.rglob("*") if path.name != ".archive.bin.lock"] if target.exists() else []
        assert all(path.is_file() or path.is_dir() for path in there) and not any(path.is_symlink() for path in there)
        assert sum(path.stat().st_size for path in there if path.is_file()) <= MOST
        assert found == "harmless" or not [path for path in there if path.is_file()], there
        return found
    finally:
        _remove(target)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def test_zips(tally: Tally, tmp_path: Path) -> None:
    fuzz(tally, "zip", 500, zips(), lambda content: judge_in(tmp_path, content))


@cache
def seven(solid: int) -> bytes:
    """Return a small 7z archive, with a plain or a compressed header."""
    file = io.BytesIO()
    filters = [{"id": py7zr.FILTER_LZMA2, "preset": 1}] if solid else [{"id": py7zr.FILTER_COPY}]
    with py7zr.SevenZipFile(file, "w", filters=filters, header_encryption=False) as archive:
        archive.set_encoded_header_mode(solid == 2)
        for name in ("a.wav", "b/c.wav", "b/d.wav"):
            archive.writef(io.BytesIO(name.encode() * 20), name)
    return file.getvalue()


@st.composite
def sevens(draw: st.DrawFn) -> bytes:
    """Return a 7z archive with changed bytes, as a rule with check sums that are right again."""
    import zlib

    whole = seven(draw(st.integers(0, 2)))
    offset, size = struct.unpack("<QQ", whole[12:28])
    body = draw(byte_changes(whole[32 : 32 + offset], 1)) if draw(st.booleans()) else whole[32 : 32 + offset]
    header = draw(byte_changes(whole[32 + offset : 32 + offset + size]))
    begin = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    start = whole[:8] + struct.pack("<I", zlib.crc32(begin)) + begin
    if draw(st.integers(0, 4)) == 0:
        return draw(byte_changes(start + body + header))
    return start + body + header


def test_7z(tally: Tally, tmp_path: Path) -> None:
    fuzz(tally, "7z", 300, sevens(), lambda content: judge_in(tmp_path, content))
