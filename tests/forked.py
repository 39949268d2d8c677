"""Commands in forked children of a process that has imported everything, one for all tests of a test process.

Starting Python and importing torch takes seconds of processor, a fork none. Start-up itself, signals and what is
imported are tested with processes of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Read when they are used. Others are read by libraries at import, and are the forking process's.
READ_LATE = ("AACBENCH_", "COLUMNS", "HOME", "HTTPS_PROXY", "NO_PROXY", "PATH", "PYTEST_", "PYTHONPATH", "TONES_")


@dataclass(frozen=True)
class Done:
    """How a child ended."""

    killed: bool
    code: int
    cpu: float
    wall: float
    output: str
    errors: str

    @property
    def said(self) -> str:
        """All that it wrote."""
        return self.output + self.errors

    def as_process(self) -> subprocess.CompletedProcess[str]:
        """Return it as a process that ended by itself."""
        assert not self.killed, f"it took too long: {self.said}"
        return subprocess.CompletedProcess((), self.code, self.output, self.errors)


class Zygote:
    """Runs commands in forked children of a process that has imported everything."""

    def __init__(self, process: subprocess.Popen[str], environment: Mapping[str, str]) -> None:
        self.process = process
        self.environment = environment

    def run(
        self,
        *arguments: object,
        cwd: Path,
        home: Path | None = None,
        environment: Mapping[str, str] | None = None,
        call: str | None = None,
        after: dict[str, float] | None = None,
        warnings: str = "",
    ) -> Done:
        """Run `aacbench ARGUMENTS`, or `call` with them; kill it `after` so much `cpu` or `wall` time.

        `environment` is all of it, by default the forking process's; it may differ from that in what is read late.
        `home` is its cache. `warnings` is what becomes of them, as in `python -W`.
        """
        environment = dict(self.environment if environment is None else environment)
        if home is not None:
            environment["AACBENCH_HOME"] = str(home)
        for name in self.differs(environment):  # what a library has set in this process since, the forking one has not
            if environment.get(name) == os.environ.get(name):
                environment.pop(name, None)
                environment.update({name: self.environment[name]} if name in self.environment else {})
        assert not (odd := self.differs(environment)), f"set in the forking process already: {odd}"
        job: dict[str, Any] = {"arguments": [*map(str, arguments)], "cwd": str(cwd), "after": after}
        job |= {"environment": environment, "warnings": warnings}
        if call is not None:
            job["call"] = call
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return Done(**json.loads(self.process.stdout.readline()))

    def finished(self, *arguments: object, **how: Any) -> Done:
        """Run to the end, which must be a good one."""
        done = self.run(*arguments, **how)
        assert done.code == 0, done.said
        return done

    def differs(self, environment: Mapping[str, str]) -> list[str]:
        """Return the variables that a process would find otherwise at its imports than the forking process did."""
        either = environment.items() ^ self.environment.items()
        return sorted({name for name, _ in either if not name.startswith(READ_LATE)})


def plugin_paths(*more: Path) -> str:
    """Return a PYTHONPATH with aacbench, its plugins and other folders."""
    return os.pathsep.join(map(str, [ROOT, *sorted((ROOT / "plugins").iterdir()), *more]))


@contextmanager
def forking(home: Path) -> Iterator[Zygote]:
    """Yield a process that imports torch and all of aacbench once; `home` is its own cache."""
    own = {"OMP_NUM_THREADS": "1", "COLUMNS": "200", "NO_PROXY": "127.0.0.1"}
    environment = {**os.environ, **own, "AACBENCH_HOME": str(home), "PYTHONPATH": plugin_paths()}
    command, pipe = [sys.executable, "-m", "tests.zygote"], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin and process.stdout
        assert json.loads(process.stdout.readline()) == "ready"
        yield Zygote(process, environment)
        process.stdin.close()
