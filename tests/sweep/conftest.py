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
from tests.homes import warm_home

ROOT = Path(__file__).parents[2]
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
def start(outsider: Path, flaky: Path) -> Start:
    """Starts `python -m aacbench` in a folder, which has a cache of its own."""

    def call(place: Path, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        paths = [str(ROOT), *(str(path) for path in sorted((ROOT / "plugins").iterdir())), str(outsider), str(flaky)]
        return subprocess.Popen(
            [sys.executable, "-m", "aacbench", *map(str, arguments)],
            cwd=place,
            env={
                **os.environ,
                "AACBENCH_HOME": str(warm_home(place / "home")),
                "PYTHONPATH": os.pathsep.join(paths),
                "COLUMNS": "160",
                "OMP_NUM_THREADS": "1",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return call


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
