"""The forking parent of the kill tests, and what two folders have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT


@dataclass(frozen=True)
class Done:
    """How a child ended."""

    killed: bool
    code: int
    cpu: float
    wall: float
    output: str


class Zygote:
    """Runs commands in forked children of a process that has imported everything."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(
        self,
        *arguments: object,
        cwd: Path,
        home: Path | None = None,
        call: str | None = None,
        after: dict[str, float] | None = None,
    ) -> Done:
        """Run `aacbench ARGUMENTS`, or `call` with them; kill it `after` so much `cpu` or `wall` time."""
        job: dict[str, Any] = {"arguments": [*map(str, arguments)], "cwd": str(cwd), "after": after}
        job["environment"] = {} if home is None else {"AACBENCH_HOME": str(home)}
        if call is not None:
            job["call"] = call
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return Done(**json.loads(self.process.stdout.readline()))

    def finished(self, *arguments: object, **how: Any) -> Done:
        """Run to the end, which must be a good one."""
        done = self.run(*arguments, **how)
        assert done.code == 0, done.output
        return done


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """The parent; it imports torch and all of aacbench once, for all kills of a test process."""
    paths = [str(ROOT), *(str(path) for path in sorted((ROOT / "plugins").iterdir()))]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join(paths),
        "AACBENCH_HOME": str(tmp_path_factory.mktemp("home")),
    }
    command = [sys.executable, "-m", "tests.faults.zygote"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        assert json.loads(process.stdout.readline()) == "ready"
        yield Zygote(process)
        process.stdin.close()
