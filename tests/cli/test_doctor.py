"""`aacbench doctor`: everything at a glance, also where everything is missing; no network is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aacbench.cli import doctor
from aacbench.contracts import Download, MetricSpec
from aacbench.host import manager
from tests.cli.conftest import Run


def test_doctor_names_every_part(command: Run) -> None:
    done = command("doctor", "--format", "tsv")
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
    done = command("doctor", "--format", "tsv")
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
    shown = command("doctor", "--format", "tsv").stdout
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
    rows = dict(doctor.sections())["plugins"]
    assert ("bad", "sad", "broken: No module named 'sad'") in rows


def test_a_download_that_cannot_be_looked_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    host = manager.load([])
    wanted = Download("lost", "gone", "nowhere:fetch", find="nowhere_at_all:find")
    host.registries.metrics.add(MetricSpec("lost", "lost", "nowhere:none", downloads=(wanted,)), "test")
    monkeypatch.setattr(manager, "load", lambda: host)
    (row,) = [row for row in dict(doctor.sections())["caches and weights"] if row[1] == "lost"]
    assert row[0] == "bad" and "cannot import 'nowhere_at_all:find'" in row[2]


def test_no_network_is_imported() -> None:
    program = (
        "import sys; from aacbench.cli import cli; cli(['doctor'], standalone_mode=False); "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
