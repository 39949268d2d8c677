"""A plugin whose runs fail as told, for processes and within this one, and `aacbench` with it and the outsider's."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from aacbench.contracts.registry import Registries
from aacbench.host import manager
from tests.forked import Done, Zygote, plugin_paths
from tests.homes import warm_home

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def flaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the plugin of aacbench_flaky.py, installed."""
    folder = tmp_path_factory.mktemp("flaky")
    (folder / "aacbench_flaky.py").write_bytes((Path(__file__).parent / "aacbench_flaky.py").read_bytes())
    info = folder / "aacbench_flaky-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: aacbench-flaky\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[aacbench]\nflaky = aacbench_flaky\n")
    return folder


@pytest.fixture(scope="session")
def environment(outsider: Path, flaky: Path) -> Callable[[Path], dict[str, str]]:
    """Returns the environment of commands in a folder, which has a cache of its own."""

    def of(place: Path) -> dict[str, str]:
        own = {"PYTHONPATH": plugin_paths(outsider, flaky), "COLUMNS": "160", "OMP_NUM_THREADS": "1"}
        return {**os.environ, **own, "AACBENCH_HOME": str(warm_home(place / "home"))}

    return of


@pytest.fixture(scope="session")
def start(environment: Callable[[Path], dict[str, str]]) -> Start:
    """Starts `python -m aacbench` in a folder."""

    def call(place: Path, *arguments: object, **more: str) -> subprocess.Popen[str]:
        command, pipe = [sys.executable, "-m", "aacbench", *map(str, arguments)], subprocess.PIPE
        return subprocess.Popen(
            command, cwd=place, env={**environment(place), **more}, stdout=pipe, stderr=pipe, text=True
        )

    return call


@pytest.fixture(scope="session")
def told(zygote: Zygote, environment: Callable[[Path], dict[str, str]]) -> Callable[..., Done]:
    """Runs a command that starts no other one, in a fork."""
    return lambda place, *arguments: zygote.run(*arguments, cwd=place, environment=environment(place))


@pytest.fixture(scope="session")
def registries() -> Registries:
    """The core's parts and the flaky plugin's, in this process."""
    spec = importlib.util.spec_from_file_location("aacbench_flaky", Path(__file__).parent / "aacbench_flaky.py")
    assert spec is not None and spec.loader is not None
    sys.modules["aacbench_flaky"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return manager.load([EntryPoint("flaky", "aacbench_flaky", "aacbench")]).registries


@pytest.fixture(scope="session")
def installed() -> Registries:
    """What is installed."""
    return manager.load().registries
