"""`aacbench new-plugin`: what it writes for every kind is clean, typed, installs, and passes its tests unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from aacbench.errors import UserError
from aacbench.host.scaffold import KINDS, new_plugin
from tests.homes import warm_home

ROOT = Path(__file__).parents[2]


def call(*command: object, folder: Path, **environment: str) -> str:
    """Run a command in `folder`; return what it printed."""
    found = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "AACBENCH_DISABLE_PLUGINS")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**found, **environment},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the repository with a new plugin of each kind; some names try to get in each other's way."""
    folder = tmp_path_factory.mktemp("plugins")
    for kind in KINDS:
        new_plugin(f"my-{kind}", kind, folder)
    for name, kind in (("score", "metric"), ("aacbench-clip-9", "dataset"), ("tensor", "encoder")):
        new_plugin(name, kind, folder)
    return folder


def installed(folder: Path) -> str:
    """Make the plugins below `folder` found as installed ones are, by path; return the PYTHONPATH that does it."""
    for plugin in folder.iterdir():
        project = tomllib.loads((plugin / "pyproject.toml").read_text())["project"]
        info = plugin / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        lines = [f"{name} = {module}" for name, module in project["entry-points"]["aacbench"].items()]
        (info / "entry_points.txt").write_text("\n".join(["[aacbench]", *lines, ""]))
    return os.pathsep.join([str(ROOT), *(str(path) for path in folder.iterdir())])


def test_a_package_is_complete(written: Path) -> None:
    files = {str(path.relative_to(written / "my-metric")) for path in (written / "my-metric").rglob("*.*")}
    module = "aacbench_my_metric"
    assert files == {
        "pyproject.toml",
        "README.md",
        f"{module}/__init__.py",
        f"{module}/metric.py",
        f"{module}/py.typed",
        f"tests/test_{module}.py",
    }
    for path in written.rglob("*.*"):
        assert "${" not in path.read_text(), path
        assert "PACKAGE" not in path.name
    for plugin in written.iterdir():  # the README's table names every module but py.typed
        (package,) = plugin.glob("aacbench_*")
        text = (plugin / "README.md").read_text()
        assert all(f"`{package.name}/{module.name}`" in text for module in package.glob("*.py")), plugin
    assert "class ScoreMetric" in (written / "score/aacbench_score/metric.py").read_text()
    assert "class Clip9Dataset" in (written / "clip-9/aacbench_clip_9/dataset.py").read_text()


@pytest.mark.slow
def test_packages_are_clean_and_typed(written: Path) -> None:
    call(sys.executable, "-m", "ruff", "check", "--no-cache", ".", folder=written)
    call(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".", folder=written)
    configs = [plugin / "pyproject.toml" for plugin in sorted(written.iterdir())]
    assert len({repr(tomllib.loads(config.read_text())["tool"]["mypy"]) for config in configs}) == 1  # so one run does
    packages = [package for config in configs for package in config.parent.glob("aacbench_*/")]
    assert len(packages) == len(configs)
    settings = ["--config-file", configs[0], "--cache-dir", written.parent / "mypy"]
    printed = call(sys.executable, "-m", "mypy", *settings, *packages, folder=written, MYPYPATH=str(ROOT))
    assert f"in {len([*written.glob('*/aacbench_*/*.py')])} source files" in printed


@pytest.mark.slow
def test_packages_pass_their_own_tests(written: Path, tmp_path: Path) -> None:
    """All kinds by path, unchanged, warnings as errors."""
    output = call(
        sys.executable,
        *("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"),
        *sorted(path.name for path in written.iterdir()),
        folder=written,
        PYTHONPATH=installed(written),
        AACBENCH_HOME=str(warm_home(tmp_path)),
    )
    assert " passed" in output and "skipped" not in output, output


@pytest.mark.slow
def test_a_package_installs_in_a_fresh_environment_and_uninstalls(tmp_path: Path) -> None:
    """A new virtual environment that sees this one's libraries: pip installs the package alone, in seconds."""
    pytest.importorskip("hatchling", reason="hatchling is not installed: pip would want to download it")
    call(sys.executable, "-m", "venv", "env", folder=tmp_path)
    python = next(path for path in (tmp_path / "env").glob("*/python*") if path.stem == "python")
    (site,) = (tmp_path / "env").rglob("site-packages")
    here = sysconfig.get_path("purelib")
    (site / "here.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    home = {"AACBENCH_HOME": str(tmp_path / "home")}
    call(python, "-m", "aacbench", "new-plugin", "overlap", "--kind", "metric", folder=tmp_path, **home)
    flags = ("-q", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    call(python, "-m", "pip", "install", *flags, "./overlap", folder=tmp_path)
    listed = call(python, "-m", "aacbench", "plugins", folder=tmp_path, **home)
    rows = [" ".join(line.split()) for line in listed.splitlines()]
    assert "overlap (aacbench-overlap 0.1.0) ok metrics: overlap" in rows
    tested = call(python, "-m", "pytest", "-q", "-W", "error", "overlap", folder=tmp_path, **home)
    assert "4 passed" in tested
    call(python, "-m", "pip", "uninstall", "-q", "-y", "aacbench-overlap", folder=tmp_path)
    assert "overlap" not in call(python, "-m", "aacbench", "plugins", folder=tmp_path, **home)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("My-Metric", "metric", "lower-case letters, digits and single hyphens.*such as my-metric; got 'My-Metric'"),
        ("my_metric", "metric", "got 'my_metric'"),
        ("2nd", "encoder", "got '2nd'"),
        ("a--b", "encoder", "got 'a--b'"),
        ("aacbench-", "method", "got ''"),
        ("../up", "method", "got '../up'"),
        ("x" * 41, "method", "at most 40 long"),
        ("aacbench", "method", "a plugin named 'aacbench' is installed already"),
        ("cnn10", "encoder", "aacbench .* already has the encoder 'cnn10'"),
        ("cider-d", "metric", "already has the metric 'cider_d'"),
    ],
)
def test_names_that_cannot_be_used(name: str, kind: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        new_plugin(name, kind, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UserError, match="mine is there already; choose another name"):
        new_plugin("mine", "metric", tmp_path)
    assert not list((tmp_path / "mine").iterdir())


def test_the_command_says_what_comes_next(tmp_path: Path) -> None:
    printed = call(sys.executable, "-m", "aacbench", "new-plugin", "mine", "--output", "made", folder=tmp_path)
    assert printed.splitlines()[-1] == (
        "next: pip install -e made/mine, then python -m pytest made/mine, then aacbench plugins"
    )
    assert "made/mine/aacbench_mine/method.py" in printed
