"""Methods without networks load no torch: they answer in a second."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
import sys
from aacbench.cli import cli
cli.main(["run", sys.argv[1], "--preset", "smoke", "-m", "rouge_l", "-o", sys.argv[2]], standalone_mode=False)
print([name for name in ("torch", "torchaudio", "transformers") if name in sys.modules])
"""


@pytest.mark.parametrize("method", ["floor", "human"])
def test_a_run_loads_no_torch(method: str, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", PROBE, method, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "[]"
