"""What datasets share: held-out parts, names of YouTube clips, tables, and archives that are fetched one by one."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aacbench.datasets.shared import remote, youtube
from aacbench.datasets.shared.audio import match_paths
from aacbench.datasets.shared.holdout import hold_out, three_parts
from aacbench.datasets.shared.remote import RemoteFile, fetch_archives
from aacbench.datasets.shared.tables import check_names, read_table
from aacbench.errors import UserError

Labelled = tuple[str, str]  # a group and its stratum
ITEMS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2)), max_size=80).map(
    lambda pairs: [(f"group {group}", f"label {group % 3}") for group, _ in pairs]
)


def group(item: Labelled) -> str:
    return item[0]


def label(item: Labelled) -> str:
    return item[1]


@settings(deadline=None)
@given(ITEMS, st.floats(0, 0.99), st.integers(0, 5))
def test_held_out_parts(items: list[Labelled], fraction: float, seed: int) -> None:
    kept, held = hold_out(items, fraction, seed, group, label)
    assert Counter(kept) + Counter(held) == Counter(items)
    assert not set(map(group, kept)) & set(map(group, held))
    assert [item for item in items if item in set(kept)] == kept  # in the old order
    assert set(map(label, kept)) == set(map(label, items))  # no label is held out altogether
    if fraction == 0:
        assert not held
    elif fraction > 0:
        for name in set(map(label, items)):
            groups = {group(item) for item in items if label(item) == name}
            assert (name in map(label, held)) == (len(groups) > 1)
    assert set(hold_out(sorted(items), fraction, seed, group, label)[1]) == set(held)


def test_the_share_is_kept() -> None:
    items = [(f"group {number}", f"label {number % 4}") for number in range(400)]
    for fraction in (0.05, 0.1, 0.3):
        kept, held = hold_out(items, fraction, 7, group, label)
        assert Counter(map(label, held)) == dict.fromkeys(map(label, items), round(100 * fraction))
        assert len(kept) + len(held) == 400
    assert hold_out(items, 0.1, 7, group, label) != hold_out(items, 0.1, 8, group, label)


def test_a_clip_that_goes_moves_few_others() -> None:
    items = [(f"group {number}", "all") for number in range(200)]
    before = set(hold_out(items, 0.2, 0, group)[1])
    after = set(hold_out(items[:150] + items[151:], 0.2, 0, group)[1])
    assert len(before ^ after) <= 2


@settings(deadline=None)
@given(ITEMS, st.floats(0, 0.45), st.floats(0, 0.45))
def test_three_parts(items: list[Labelled], validation: float, evaluation: float) -> None:
    parts = three_parts(items, validation, evaluation, 0, group)
    assert list(parts) == ["development", "validation", "evaluation"]
    assert sum((Counter(part) for part in parts.values()), Counter()) == Counter(items)
    groups = [set(map(group, part)) for part in parts.values()]
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]
    assert parts["development"] or not items


VIDEO = st.text("abcXY019-_", min_size=11, max_size=11)


@settings(deadline=None)
@given(VIDEO, VIDEO, st.integers(0, 700), st.integers(0, 700))
def test_a_file_belongs_to_one_clip(video: str, other: str, start: int, later: int) -> None:
    """Two videos never claim one name, though ids may begin with Y, - or _ and end in digits."""
    if video != other:
        assert not set(youtube.stems(video, start)) & set(youtube.stems(other, later))


def test_hidden_files_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.wav", "._b.wav", ".wav", "x/.wav", "c.m4a", "deep/er/d.FLAC", ".trash/e.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert sorted(youtube.index(tmp_path)) == ["a", "d"]


def test_relative_paths(tmp_path: Path) -> None:
    for name in ("a/x.wav", "b/x.wav", "b/y.wav", "z.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = match_paths(tmp_path, ["b/x.wav", "./z.wav", "c/x.wav", "a/none.wav"])
    assert found.files == {"b/x.wav": tmp_path / "b/x.wav", "./z.wav": tmp_path / "z.wav"}
    assert found.missing == ["c/x.wav", "a/none.wav"]
    assert found.unclaimed == 2


def test_a_table_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*absent\.csv: No such file"):
        read_table(tmp_path / "absent.csv", ["a"])
    with pytest.raises(UserError, match="names that stand twice"):
        check_names(tmp_path, ["é.wav", "e\u0301.wav"])


@pytest.fixture
def archive(web: Any, tmp_path: Path, make_audio: Any, make_zip: Any) -> RemoteFile:
    make_audio(tmp_path / "made", "sounds/a.wav")
    content = make_zip(web.folder / "sounds.zip", tmp_path / "made", "sounds/a.wav")
    return RemoteFile("sounds.zip", f"{web.url}/sounds.zip", hashlib.md5(content).hexdigest(), None, len(content))


def test_an_archive_is_unpacked_once(archive: RemoteFile, web: Any, tmp_path: Path) -> None:
    target = tmp_path / "data"
    for _ in range(2):
        fetch_archives(target, [archive], "sounds")
    assert web.asked == ["sounds.zip"]
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert files == {"sounds/a.wav", ".fetched/sounds.zip.json"}
    (target / ".fetched/sounds.zip.json").write_text("{}")  # a note that says nothing is no note
    fetch_archives(target, [archive], "sounds")
    assert web.asked == ["sounds.zip"] * 2


def test_a_kill_while_unpacking(archive: RemoteFile, web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(remote, "unpack", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch_archives(tmp_path / "data", [archive], "sounds")
    fetch_archives(tmp_path / "data", [archive], "sounds")
    assert web.asked == ["sounds.zip"]
    assert (tmp_path / "data/sounds/a.wav").is_file()


def test_the_disk_is_checked_first(
    archive: RemoteFile, web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    with pytest.raises(UserError, match="fetching sounds needs"):
        fetch_archives(tmp_path / "data", [archive], "sounds")
    assert web.asked == []
