"""Two processes on the CPU do what one does: the checks of `checks.py` and `training_checks.py`, run once."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECKS = [
    name
    for file in ("checks.py", "training_checks.py")
    for name in re.findall(r"^def (check_\w+)", (HERE / file).read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str | None]]:
    """What each process found wrong, by check."""
    folder = tmp_path_factory.mktemp("two")
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, HERE / "checks.py", folder],
        env={**os.environ, "AACBENCH_HOME": str(home), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    files = [folder / f"{rank}.json" for rank in range(2)]
    assert all(file.exists() for file in files), done.stderr
    return [json.loads(file.read_text()) for file in files]


def test_there_are_checks() -> None:
    assert len(CHECKS) > 10


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_two_processes(name: str, found: list[dict[str, str | None]]) -> None:
    for rank, by_name in enumerate(found):
        failed = next((trace for trace in by_name.values() if trace), None)
        assert name in by_name, f"process {rank} did not come so far: {failed}"
        assert by_name[name] is None, f"process {rank}: {by_name[name]}"
