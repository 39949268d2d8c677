"""Unpacking: honest archives come out whole, all others are refused and leave nothing behind."""

from __future__ import annotations

import io
import random
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import py7zr
import pytest

from aacbench.errors import AacbenchError, UserError
from aacbench.files.archives import unpack

FILES = {
    "development/ Ambience, [far] Birds.wav": b"birds" * 5000,
    "development/Café Zürich.wav": b"coffee" * 5000,
    "development/empty.txt": b"",
}
Maker = Callable[[Path, Mapping[str, bytes]], Path]


def make_7z(path: Path, files: Mapping[str, bytes]) -> Path:
    with py7zr.SevenZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writef(io.BytesIO(content), name)
    return path


def make_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def add_zip_entry(path: Path, name: str, mode: int) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, b"/etc/passwd")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=[make_7z, make_zip], ids=["7z", "zip"])
def make(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = request.param
    return maker


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive.bin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_files_come_out_whole_under_their_exact_names(make: Maker, archive: Path, folder: Path) -> None:
    made = unpack(make(archive, FILES), folder, max_bytes=10**6)
    assert contents(folder) == FILES
    assert made == [folder / name for name in FILES]
    assert [path.name for path in folder.iterdir()] == ["development"]


def test_a_tree_with_folders_links_and_modes(archive: Path, folder: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "inner" / "tool").write_bytes(b"run")
    (tree / "inner" / "tool").chmod(0o4755)
    (tree / "inner").chmod(0o500)
    with py7zr.SevenZipFile(archive, "w") as opened:
        opened.writeall(tree, "tree")
    unpack(archive, folder, max_bytes=100)
    assert stat.S_IMODE((folder / "tree/inner/tool").stat().st_mode) == 0o644
    assert stat.S_IMODE((folder / "tree/inner").stat().st_mode) == 0o755


def test_existing_files_are_replaced_and_others_left_alone(make: Maker, archive: Path, folder: Path) -> None:
    (folder / "development").mkdir(parents=True)
    (folder / "development/empty.txt").write_bytes(b"damaged before")
    (folder / "development/mine.txt").write_bytes(b"mine")
    unpack(make(archive, FILES), folder, max_bytes=10**6)
    assert contents(folder) == {**FILES, "development/mine.txt": b"mine"}


def test_what_a_killed_process_left_is_cleared(make: Maker, archive: Path, folder: Path) -> None:
    (folder / ".archive.bin.unpacking").mkdir(parents=True)
    (folder / ".archive.bin.unpacking/half").write_bytes(b"half")
    unpack(make(archive, FILES), folder, max_bytes=10**6)
    assert contents(folder) == FILES


@pytest.mark.parametrize(
    "name",
    ["/etc/evil", "../evil", "a/../../evil", "..", "C:/evil", "C:evil", "a\\..\\..\\evil", "\\evil"],
)
def test_names_that_lead_out_are_refused(name: str, archive: Path, folder: Path) -> None:
    make_zip(archive, FILES | {name: b"evil"})
    with pytest.raises(AacbenchError, match="holds what is never needed: 'unsafe name"):
        unpack(archive, folder, max_bytes=10**6)
    assert contents(folder.parent).keys() == {"archive.bin"}


def test_names_that_lead_out_of_a_7z_are_refused(archive: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(py7zr.py7zr, "check_archive_path", lambda name: True)  # as a hostile packer would
    monkeypatch.setattr(py7zr.SevenZipFile, "_make_file_info", py7zr.SevenZipFile._make_file_info, raising=True)
    make_7z(archive, {"../evil": b"evil"})
    with pytest.raises(AacbenchError, match="unsafe name"):
        unpack(archive, folder, max_bytes=10**6)
    assert contents(folder.parent).keys() == {"archive.bin"}


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (stat.S_IFLNK, "link"),
        (stat.S_IFIFO, "pipe"),
        (stat.S_IFSOCK, "socket"),
        (stat.S_IFCHR, "device"),
        (stat.S_IFBLK, "device"),
    ],
)
def test_zip_entries_that_are_no_files_are_refused(mode: int, kind: str, archive: Path, folder: Path) -> None:
    add_zip_entry(make_zip(archive, FILES), "development/x.wav", mode | 0o644)
    with pytest.raises(AacbenchError, match=f"'{kind} development/x.wav'"):
        unpack(archive, folder, max_bytes=10**6)
    assert contents(folder) == {}


def test_links_in_a_7z_are_refused(archive: Path, folder: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file").write_bytes(b"x")
    (tree / "link").symlink_to("file")
    with py7zr.SevenZipFile(archive, "w") as opened:
        opened.writeall(tree, "tree")
    with pytest.raises(AacbenchError, match="'link tree/link'"):
        unpack(archive, folder, max_bytes=10**6)
    assert contents(folder) == {}


def test_more_bytes_than_expected_are_refused(make: Maker, archive: Path, folder: Path) -> None:
    make(archive, {"bomb": b"\0" * 5_000_000})
    assert archive.stat().st_size < 100_000
    with pytest.raises(AacbenchError, match=r"would grow to 5\.0 MB in 1 files and folders, expected at most 1\.0 MB"):
        unpack(archive, folder, max_bytes=1_000_000)
    assert contents(folder) == {}


def test_more_bytes_than_the_disk_has_are_refused(
    make: Maker, archive: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(archive, FILES)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10))
    with pytest.raises(UserError, match=r"unpacking archive\.bin needs 55\.0 kB"):
        unpack(archive, folder, max_bytes=10**6)


def test_one_name_twice_and_files_as_folders_are_refused(archive: Path, folder: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(archive, "w") as opened:  # noqa: PT031
        opened.writestr("a", b"1")
        opened.writestr("a", b"2")
        opened.writestr("a/b", b"3")
    with pytest.raises(AacbenchError, match="'2 files a', 'a/b inside a file'"):
        unpack(archive, folder, max_bytes=10**6)


def test_encrypted_archives_are_refused(archive: Path, folder: Path) -> None:
    with py7zr.SevenZipFile(archive, "w", password="secret") as opened:
        opened.writef(io.BytesIO(b"x"), "a.wav")
    with pytest.raises(AacbenchError, match=r"encrypted file a\.wav"):
        unpack(archive, folder, max_bytes=10**6)


def test_no_archive_at_all(archive: Path, folder: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        unpack(archive, folder, max_bytes=1)
    archive.write_bytes(b"<html>Not found</html>")
    with pytest.raises(AacbenchError, match="damaged, or no 7z or zip; delete it and fetch"):
        unpack(archive, folder, max_bytes=1)


def test_damage_anywhere_is_named_or_harmless(make: Maker, archive: Path, folder: Path) -> None:
    """Bits and ends of the archive are damaged at random: one clear error, or no harm (unused bytes)."""
    whole = make(archive, FILES).read_bytes()
    chance = random.Random(0)
    named = 0
    for _ in range(150):
        damaged = bytearray(whole)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(whole)) :]
        else:
            damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        archive.write_bytes(damaged)
        try:
            unpack(archive, folder, max_bytes=10**6, progress=False)
        except AacbenchError:
            named += 1
            assert contents(folder) == {}
        shutil.rmtree(folder, ignore_errors=True)
    assert named > 100


def test_a_folder_in_a_files_place(make: Maker, archive: Path, folder: Path) -> None:
    (folder / "development/empty.txt").mkdir(parents=True)
    with pytest.raises(AacbenchError, match="a folder is in the way"):
        unpack(make(archive, FILES), folder, max_bytes=10**6)


def test_many_members_are_too_much_even_if_they_are_empty(archive: Path, folder: Path) -> None:
    make_zip(archive, {str(number): b"" for number in range(2000)})
    with pytest.raises(
        AacbenchError, match=r"would grow to 0 bytes in 2,000 files and folders, expected at most 1\.0 MB"
    ):
        unpack(archive, folder, max_bytes=10**6)
    assert len(unpack(archive, folder, max_bytes=10**7)) == 2000
