"""A process that reads one bad file after another has at most 2 GB, whatever the files say of themselves."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.faults.tally import Tally

pytestmark = pytest.mark.faults

LIMIT = 2 * 2**30
# Torch alone takes 1 GB of address space that it never touches, so the bound is on what was touched.
READ = """
import sys
from pathlib import Path
from tests.faults.fuzz.bombs import bombs
from aacbench.errors import AacbenchError

for name, make, read in bombs():
    path = Path(sys.argv[1], name)
    make(path)
    try:
        read(path)
    except AacbenchError as error:
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 1500, str(error)[:3000]
        print("message", name, flush=True)
    else:
        print("harmless", name, flush=True)
status = Path("/proc/self/status").read_text().splitlines()
# Not ru_maxrss, which a child takes over from the process that started it.
print("peak", next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024)
"""


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (16 * 2**30, 16 * 2**30))  # the machine itself is never at risk


@pytest.mark.slow
def test_files_that_say_they_are_large(tally: Tally, tmp_path: Path) -> None:
    command = [sys.executable, "-c", READ, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, preexec_fn=_bounded)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[-1][0] == "peak" and int(lines[-1][1]) < LIMIT
    outcomes = {line[1]: line[0] for line in lines[:-1]}
    assert len(outcomes) >= 15 and "harmless" not in outcomes.values(), outcomes
    tally("fuzz: files that say they are large", "message", len(outcomes))
