"""A process that has imported everything once and forks a child for each command that it is told; kills it on request.

One JSON object a line: {"arguments": [...]} for `python -m aacbench ARGUMENTS`, or with "call": "module:function" for
that; "cwd", "environment", all of it, "warnings", as in `python -W`, and "after": seconds of the child's processor time
(`cpu`) or of wall time (`wall`) after which its process group gets SIGKILL. The answer says whether it was killed, the
exit code, both times, what it wrote on standard output and on standard error.

Forking is safe here: nothing but the main thread runs, and no network is trained in this process.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import select
import signal
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from importlib import import_module
from typing import IO, Any, NoReturn

STEP = 0.002
EVERYTHING = (
    "aacbench.cli",
    "aacbench.cli.run",
    "aacbench.cli.record_table",
    "aacbench.runs.energy",
    "aacbench.runs.execute",
    "aacbench.training.self_critical.scst",
    "aacbench.leaderboard.pages.build",
    "requests",
    "torch._dynamo",
    "torchaudio",
)
STARTED_WITH = os.environ.get("PYTHONPATH", "").split(os.pathsep)
LONGEST = 300.0  # wall seconds that no child may take: a hang is an error


def main() -> None:
    """Import, say so, and serve until standard input ends."""
    for module in (*EVERYTHING, *plugins()):
        import_module(module)
    from aacbench import score
    from aacbench.metrics.spice.scorer import embedded

    score(["a dog barks"], [["a dog is barking"]], metrics=["bleu", "cider_d", "spice"])
    embedded.cache_clear()  # it keeps its parses in this process's cache; each child has its own
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        print(json.dumps(serve(json.loads(line))), flush=True)


def plugins() -> list[str]:
    """Return the modules of the installed components that a run would import, whatever it asks for."""
    from aacbench.host.manager import load

    registries = load().registries
    kinds = (registries.methods, registries.metrics, registries.encoders, registries.decoders, registries.datasets)
    return sorted({spec.factory.split(":")[0] for kind in kinds for spec in kind if isinstance(spec.factory, str)})


def serve(job: dict[str, Any]) -> dict[str, Any]:
    """Run one job in a child."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        child = os.fork()
        if child == 0:
            work(job, output.fileno(), errors.fileno())
        with suppress(OSError):  # it does so, too: whoever comes first
            os.setpgid(child, child)
        killed, cpu = watch(child, job.get("after") or {})
        _, status = os.waitpid(child, 0)
        said = {name: read(file) for name, file in (("output", output), ("errors", errors))}
    code = os.waitstatus_to_exitcode(status)
    return {"killed": killed, "code": code, "cpu": cpu, "wall": time.monotonic() - begin, **said}


def read(file: IO[bytes]) -> str:
    """Return all that was written into a file."""
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def work(job: dict[str, Any], output: int, errors: int) -> NoReturn:
    """The child: never returns."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        atexit._clear()  # what this process would do at its end is not the child's
        become(job["cwd"], job["environment"])
        if job["warnings"]:
            warnings.simplefilter(job["warnings"])
        if "call" in job:
            module, function = job["call"].split(":")
            getattr(import_module(module), function)(*job["arguments"])
        else:
            sys.path[0] = os.getcwd()  # as `python -m` does, and takes away again
            sys.argv = ["aacbench", *job["arguments"]]
            runpy.run_module("aacbench", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 70  # what no command of aacbench ends with
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def become(cwd: str, environment: dict[str, str]) -> None:
    """Work in that folder and environment from here on, with the packages that it names found first."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    named = environment.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[1:] = [*named, *(path for path in sys.path[1:] if path not in (*named, *STARTED_WITH))]


def watch(child: int, after: dict[str, float]) -> tuple[bool, float]:
    """Wait for the child to end or for its time to come; return whether it was killed, and its processor time."""
    clock = (~child << 3) | 2  # its CPU clock, see clock_gettime(2)
    handle, begin, cpu = os.pidfd_open(child), time.monotonic(), 0.0
    try:
        while not select.select([handle], [], [], STEP)[0]:
            cpu, wall = time.clock_gettime(clock), time.monotonic() - begin
            if cpu >= after.get("cpu", LONGEST) or wall >= after.get("wall", LONGEST):
                os.killpg(child, signal.SIGKILL)
                return True, cpu
    finally:
        os.close(handle)
    return False, cpu


if __name__ == "__main__":
    main()
