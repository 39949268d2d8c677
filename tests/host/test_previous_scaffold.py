"""Plugins that the previous release's scaffold wrote still load, work, and are told what to rename."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import warnings
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from aacbench.host import manager, moved
from aacbench.host.moved_modules import MODULES, NAMES, REFUSED
from aacbench.runtime.renamed import RenamedWarning
from tests.homes import warm_home
from tests.host.test_scaffold import ROOT, call, installed

GOLDEN = ROOT / "tests/golden/old_scaffold"
KINDS = ("dataset", "decoder", "encoder", "method", "metric", "pretraining")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as they were written."""
    folder = tmp_path_factory.mktemp("old")
    for path in GOLDEN.rglob("*.txt"):
        target = folder / path.relative_to(GOLDEN).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_plugin_of_old_loads(kind: str, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = f"aacbench_old_{kind}"
    monkeypatch.syspath_prepend(str(written / f"old-{kind}"))
    host = manager.load([EntryPoint(f"old-{kind}", package, "aacbench")])
    (plugin,) = [one for one in host.plugins if one.name == f"old-{kind}"]
    assert (plugin.status, plugin.reason) == ("ok", "")
    assert [*plugin.provides] == [kind if kind == "pretraining" else f"{kind}s"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RenamedWarning)
        for path in (written / f"old-{kind}" / package).glob("*.py"):
            importlib.import_module(f"{package}.{path.stem}".removesuffix(".__init__"))


def test_what_to_rename_stands_beside_the_plugin(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(written / "old-encoder"))
    host = manager.load([EntryPoint("old-encoder", "aacbench_old_encoder", "aacbench")])
    (plugin,) = [one for one in host.plugins if one.name == "old-encoder"]
    assert "EncoderSpec: 'small' is called 'tiny' now; rename it" in plugin.advice


@pytest.mark.slow
def test_their_own_tests_pass(written: Path, tmp_path: Path) -> None:
    output = call(
        sys.executable,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning"),
        *sorted(path.name for path in written.iterdir() if path.name.startswith("old-")),
        folder=written,
        PYTHONPATH=installed(written),
        AACBENCH_HOME=str(warm_home(tmp_path)),
    )
    assert " passed" in output and "skipped" not in output, output


def fresh(program: str) -> str:
    """Run Python anew, so that nothing is imported yet; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, cwd=ROOT)
    return done.stdout + done.stderr


def test_a_moved_module_is_the_one_of_today_and_says_so() -> None:
    program = (
        "import warnings; warnings.simplefilter('always')\n"
        "from aacbench.networks.masks import masked_mean as old\n"
        "from aacbench.models.layers.masks import masked_mean as new\n"
        "from aacbench.paths import atomic_path, cache\n"
        "from aacbench.distributed.state import first\n"
        "from aacbench.contracts import Outline, MethodConfig\n"
        "print(old is new, Outline is MethodConfig, cache.__module__, first.__name__)"
    )
    said = fresh(program)
    assert "True True aacbench.files.cache_dir is_rank_zero" in said
    assert "aacbench.networks.masks is aacbench.models.layers.masks now; rename it in your imports" in said
    assert "aacbench.distributed.state.first is aacbench.runtime.distributed.process_group.is_rank_zero now" in said


def test_a_name_that_means_something_else_now_is_refused_in_one_line() -> None:
    for old, new in REFUSED.items():
        with pytest.raises(ImportError, match=rf"the module aacbench\.{old} is aacbench\.{new} now"):
            importlib.import_module(f"aacbench.{old}")
    with pytest.raises(ModuleNotFoundError, match=r"aacbench\.nowhere"):
        importlib.import_module("aacbench.nowhere")


def exists(name: str) -> bool:
    path = ROOT.joinpath("aacbench", *name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def test_the_tables_lead_somewhere() -> None:
    assert [old for old in MODULES if exists(old)] == []
    assert [new for new in (*MODULES.values(), *REFUSED.values()) if not exists(new)] == []
    for old, names in NAMES.items():
        for new in names.values():
            module, _, name = new.rpartition(":")
            target = importlib.import_module(moved.ROOT + module if module else str(moved.moved_to(f"aacbench.{old}")))
            assert hasattr(target, name), (old, new)
