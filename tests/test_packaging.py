"""One distribution: entry points agree with the plugins' own, versions agree, a wheel holds everything."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").is_file())


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def test_entry_points_are_those_of_the_plugins() -> None:
    own: dict[str, str] = {}
    for folder in PLUGINS:
        own |= project(folder)["project"]["entry-points"]["aacbench"]
    assert own
    assert project(ROOT)["project"]["entry-points"]["aacbench"] == own


def test_every_plugin_is_packaged_and_found_by_tools() -> None:
    settings = project(ROOT)["tool"]
    for folder in PLUGINS:
        (package,) = project(folder)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        place = f"plugins/{folder.name}"
        assert f"{place}/{package}" in settings["hatch"]["build"]["targets"]["wheel"]["packages"]
        assert place in settings["hatch"]["build"]["dev-mode-dirs"]
        assert place in settings["mypy"]["mypy_path"]
        assert (folder / "README.md").is_file()
        assert list((folder / "tests").glob("test_*.py"))


def test_torch_and_torchaudio_have_lower_bounds_only() -> None:
    """An upper pin once resolved to a pair that does not load, when a newer patch release came."""
    dependencies = project(ROOT)["project"]["dependencies"]
    ranges = [one for one in dependencies if one.startswith(("torch>", "torch=", "torchaudio>", "torchaudio="))]
    assert ranges == ["torch>=2.11", "torchaudio>=2.11"]


def test_ci_runs_what_the_readme_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    (command,) = [line for line in script.splitlines() if "pip install" in line and ".[dev]" in line]
    assert command.strip() in readme


def test_the_tested_set_is_within_the_bounds() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if not line.startswith("#"))
    described = project(ROOT)["project"]
    wanted = described["dependencies"] + [
        one for extra, needs in described["optional-dependencies"].items() if extra != "dev" for one in needs
    ]
    for requirement in map(Requirement, wanted):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in tested, f"{name} is not in constraints.txt: run .ci/write-constraints"
        assert requirement.specifier.contains(tested[name]), f"{requirement}, tested with {tested[name]}"


def test_every_dependency_has_a_lower_bound() -> None:
    """What has none would resolve to the first release ever in `.ci/lowest`."""
    described = project(ROOT)["project"]
    needs = [
        *described["dependencies"],
        *(one for extra in described["optional-dependencies"].values() for one in extra),
    ]
    for requirement in map(Requirement, needs):
        assert requirement.name == "aacbench" or {part.operator for part in requirement.specifier} & {">=", "=="}


def test_workflows_name_parts_of_the_checks_that_exist() -> None:
    parts = set(re.findall(r"^        ([a-z-]+)\)", (ROOT / ".ci/check").read_text(encoding="utf-8"), re.MULTILINE))
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        for named in re.findall(r"\.ci/check ([a-z -]+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert set(named.split()) <= parts, path.name


@pytest.mark.slow
def test_a_built_wheel_contains_core_plugins_and_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)], check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "aacbench", "plugins"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wanted = {path for path in tracked if path.startswith("aacbench/")}
    for folder in PLUGINS:
        (package,) = project(folder)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        start = f"plugins/{folder.name}/"
        wanted |= {path.removeprefix(start) for path in tracked if path.startswith(f"{start}{package}/")}
    assert wanted
    assert not wanted - held
    (points,) = [name for name in held if name.endswith("entry_points.txt")]
    assert "rlssr = aacbench_rlssr" in zipfile.ZipFile(wheel).read(points).decode()
