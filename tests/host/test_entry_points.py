"""Entry points are found as `importlib.metadata` finds them, without it."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from aacbench.host import entry_points
from aacbench.host.entry_points import installed_entries

Said = list[tuple[str, str, str, str]]


def said(entries: object) -> Said:
    return [(one.name, one.value, one.dist.name, one.dist.version) for one in entries]  # type: ignore[attr-defined]


def install(folder: Path, distribution: str, version: str, points: str, info: str = "dist-info") -> None:
    place = folder / f"{distribution}-{version}.{info}"
    place.mkdir(parents=True)
    name = "PKG-INFO" if info == "egg-info" else "METADATA"
    (place / name).write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n\nName: other\n")
    (place / "entry_points.txt").write_text(points)


@pytest.mark.parametrize("group", ["aacbench", "console_scripts", "pytest11", "nobody"])
def test_the_installed_ones(group: str) -> None:
    assert sorted(said(installed_entries(group))) == sorted(said(metadata.entry_points(group=group)))


def test_the_first_distribution_of_a_name_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = (
        "# first\n[other]\nx = y\n\n[aacbench]\none = parts.one\n\n# no\ntwo=parts : two.inner [more]\n[last]\nz = z\n"
    )
    install(tmp_path / "a", "Some_Parts", "1.0", points)
    install(tmp_path / "b", "some.parts", "2.0", "[aacbench]\none = elsewhere\n")
    install(tmp_path / "b", "old", "3", "[aacbench]\nold = old\n", "egg-info")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "a"), str(tmp_path / "gone"), str(tmp_path / "b")])
    found = installed_entries("aacbench")
    assert sorted(said(found)) == sorted(said(metadata.entry_points(group="aacbench")))
    assert [one[0] for one in said(found)] == ["one", "two", "old"]


def test_loading_imports_the_attribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        tmp_path,
        "loads",
        "1",
        "[aacbench]\nmodule = loads_it\ninner = loads_it : Part.inner [x]\nbad = loads_it:no\nnone = 1 2\n",
    )
    (tmp_path / "loads_it.py").write_text("class Part:\n    inner = 5\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {entry.name: entry for entry in installed_entries("aacbench")}
    assert found["inner"].load() == 5
    assert found["module"].load() is sys.modules["loads_it"]
    with pytest.raises(AttributeError):
        found["bad"].load()
    with pytest.raises(ValueError, match="names no module"):
        found["none"].load()


def test_archives_and_foreign_finders_are_left_to_importlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(group: str) -> list[object]:
        asked.append(group)
        return []

    monkeypatch.setattr(metadata, "entry_points", ask)
    assert installed_entries("aacbench") or not asked
    (tmp_path / "packed.egg").write_bytes(b"")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(tmp_path / "packed.egg")])
        assert installed_entries("aacbench") == []

    class Finder:
        def find_distributions(self, context: object) -> list[object]:
            return []

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])
    assert installed_entries("aacbench") == []
    assert asked == ["aacbench", "aacbench"]
    assert entry_points.INFO


def test_a_list_loads_nothing_heavy() -> None:
    probe = (
        "import sys; from aacbench.cli import cli; cli.main(['list'], standalone_mode=False); "
        "names = ('importlib.metadata', 'pydantic', 'numpy', 'hashlib', 'aacbench.types'); "
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
