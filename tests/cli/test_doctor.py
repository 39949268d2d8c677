"""`aacbench doctor`: everything at a glance, also where everything is missing; here no network is imported."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from aacbench.cli import doctor
from aacbench.cli.doctor_imports import library_rows, library_versions
from aacbench.contracts import Download, MetricSpec
from aacbench.host import manager
from tests.cli.conftest import Run


def test_doctor_names_every_part(process: Run) -> None:
    done = process("doctor", "--quick", "--format", "tsv")
    assert done.returncode == 0, done.stderr
    for word in (
        "aacbench",
        "java",
        "meteor-1.5.jar",
        "cache folder",
        "fense",
        "NVIDIA",
        "soundscapes",
        "plugins",
    ):
        assert word in done.stdout, word
    assert "\tmix\tmade of the others that are here: --dataset-set parts=" in done.stdout


def test_without_java_gpu_and_cache(command: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("AACBENCH_HOME", str(tmp_path / "absent"))
    monkeypatch.setenv("AACBENCH_TEST_DATA", str(tmp_path / "gone"))
    done = command("doctor", "--quick", "--format", "tsv")
    assert done.returncode == 0, done.stderr
    assert "not found; every metric works without it" in done.stdout
    assert "nvidia-smi not found" in done.stdout
    assert f"\tbad\tAACBENCH_TEST_DATA\t{tmp_path / 'gone'}" in done.stdout
    assert f"\t--\tAACBENCH_HOME\t{tmp_path / 'absent'}, made when used" in done.stdout
    assert not (tmp_path / "absent").exists()


def test_proxies_and_the_offline_switch_are_shown(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AACBENCH_OFFLINE", "1")
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:secret@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")
    shown = command("doctor", "--quick", "--format", "tsv").stdout
    assert "AACBENCH_OFFLINE is set: nothing is downloaded" in shown
    assert "\thttps proxy\thttp://***@proxy.example:3128" in shown
    assert "\twithout a proxy\tlocalhost" in shown


def test_java_that_does_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\nexit 3\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    state, subject, found = doctor._java()
    assert (state, subject) == ("bad", "java") and "does not run" in found


def test_a_broken_plugin_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    host = manager.load([])
    host.plugins.append(manager.Plugin("sad", "aacbench-sad", "1.0", "sad", "broken", "No module named 'sad'"))
    monkeypatch.setattr(manager, "load", lambda: host)
    rows = dict(doctor.sections(quick=True))["plugins"]
    assert ("bad", "sad", "broken: No module named 'sad'") in rows


def test_a_download_that_cannot_be_looked_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    host = manager.load([])
    wanted = Download("lost", "gone", "nowhere:fetch", find="nowhere_at_all:find")
    host.registries.metrics.add(MetricSpec("lost", "lost", "nowhere:none", downloads=(wanted,)), "test")
    monkeypatch.setattr(manager, "load", lambda: host)
    (row,) = [row for row in dict(doctor.sections(quick=True))["caches and weights"] if row[1] == "lost"]
    assert row[0] == "bad" and "cannot import 'nowhere_at_all:find'" in row[2]


def test_no_network_is_imported() -> None:
    program = (
        "import sys; from aacbench.cli import cli; cli(['doctor', '--quick'], standalone_mode=False); "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr


def test_libraries_are_imported_and_a_second_resampled() -> None:
    rows = {subject: (state, found) for state, subject, found in library_rows(("torch", "torchaudio", "resampling"))}
    assert rows["torch"] == ("ok", metadata.version("torch"))
    assert rows["resampling"][0] == "ok"
    assert "44.1 to 32 kHz by " in rows["resampling"][1]


def test_libraries_that_do_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_ins = {
        "torchaudio": "raise OSError('undefined symbol: torch_what')",
        "pandas": "raise ImportError('numpy.dtype size changed')",
        "wandb": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "ray": "import os; os._exit(3)",
        "h5py": "print('hello'); __version__ = 'x'",
    }
    for name, code in stand_ins.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code)
        (tmp_path / f"{name}-1.5.dist-info").mkdir()
        (tmp_path / f"{name}-1.5.dist-info/METADATA").write_text(f"Name: {name}\nVersion: 1.5\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    rows = {subject: (state, found) for state, subject, found in library_rows([*stand_ins, "resampling"])}
    torch = f"torch {metadata.version('torch')}"
    wanted = {
        "torchaudio": ("bad", f"torchaudio 1.5 cannot be loaded beside {torch} (undefined symbol: torch_what); "),
        "pandas": (
            "bad",
            f"aacbench needs pandas 1.5, which cannot be loaded beside {torch} (numpy.dtype",
        ),
        "wandb": ("bad", "1.5 ends Python with SIGSEGV: pip install --force-reinstall wandb"),
        "ray": ("bad", "1.5 ends Python with exit code 3: pip install --force-reinstall ray"),
        "h5py": ("ok", "1.5"),
        "resampling": ("ok", "44.1 to 32 kHz by aacbench itself"),
    }
    for name, (state, found) in wanted.items():
        assert rows[name][0] == state, rows[name]
        assert rows[name][1].startswith(found), rows[name]


def test_libraries_that_are_absent() -> None:
    absent, present = library_versions(("not_here", "torch"))
    assert absent == ("bad", "not-here", "not installed: pip install not-here")
    assert present == ("ok", "torch", metadata.version("torch"))
