"""Runs of the whole command line, and small files to score."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forked import ROOT, Zygote

Run = Callable[..., subprocess.CompletedProcess[str]]

PREDICTIONS = """file_name,caption_predicted
a.wav,a dog barks in the rain
b.wav,"rain falls, on a tin roof"
c.wav,a man speaks
"""
REFERENCES = """file_name,caption_1,caption_2
a.wav,A dog barks in the rain.,a dog is barking
b.wav,rain falls on a roof,
c.wav,a woman speaks loudly,someone speaks
"""


@pytest.fixture
def command(zygote: Zygote, tmp_path: Path) -> Run:
    """Run `aacbench` in an empty folder; warnings are errors, and no run may end in a traceback."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        done = zygote.run(*arguments, cwd=tmp_path, environment=environment, warnings="error").as_process()
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Run `aacbench` as `command` does, in a process of its own, whose imports may not warn either."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "aacbench", *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions and references of three clips."""
    (tmp_path / "predictions.csv").write_text(PREDICTIONS)
    (tmp_path / "references.csv").write_text(REFERENCES)
    return tmp_path / "predictions.csv", tmp_path / "references.csv"
