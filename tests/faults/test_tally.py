"""The counts reach the summary, also from xdist's workers, and each case is counted once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.faults

INNER = """
import pytest
@pytest.mark.parametrize("count", [1, 2, 30])
def test_counts(tally, count):
    tally("kill: run", "recovery", count)
    tally("fuzz: wav", "message")
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_summary_counts_each_case_once(tmp_path: Path, workers: list[str]) -> None:
    inner = tmp_path / "test_inner.py"
    inner.write_text(INNER)
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_terminal_summary, tally\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *workers,
        "--rootdir",
        str(tmp_path),
        str(inner),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["kill:", "run", "33", "33", "0", "0", "0"] in lines, done.stdout + done.stderr
    assert ["fuzz:", "wav", "3", "0", "3", "0", "0"] in lines
    assert ["total", "36", "33", "3", "0", "0"] in lines
