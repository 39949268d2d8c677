"""The reference engine: the classes of `spice-1.0.jar` on any Java from 8 on. Needs Java and CoreNLP 3.6.0.

The jar's own main class writes its JSON through the JavaScript engine that Java lost in version 15;
`SpiceDriver` (java/ in this folder) calls the same classes and writes the JSON plainly. Items are shared
out to one Java process per core, as memory allows. The tool's parse cache (LMDB, made for several
processes) stays in aacbench's cache. Output is checked item by item, and an error that the tool hides is
shown.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aacbench.errors import AacbenchError, UserError
from aacbench.files.cache_dir import cache
from aacbench.metrics.spice.corenlp import find_corenlp
from aacbench.metrics.spice.jvm import HINT, Java, Plan, find_java, make_plan, memory
from aacbench.metrics.spice.score import KINDS
from aacbench.metrics.spice.scorer import SpiceResult, check
from aacbench.runtime.java import java_environment

TROUBLE = re.compile(r"Exception in thread|^Caused by:|^[\w.$]+(Exception|Error)\b", re.MULTILINE)
CACHE_TROUBLE = re.compile(r"UnsatisfiedLinkError|LMDBException|lmdbjni")


@dataclass(frozen=True, slots=True)
class Job:
    """One Java process: its items (candidate, references), its files."""

    items: Sequence[tuple[str, Sequence[str]]]
    folder: Path

    def write(self) -> None:
        """Write the input file."""
        content = [{"test": candidate, "refs": list(group)} for candidate, group in self.items]
        (self.folder / "input.json").write_text(json.dumps(content), encoding="utf-8")

    def said(self) -> str:
        """Return what Java wrote on its error stream and its output."""
        texts = [self.folder / name for name in ("errors.txt", "output.txt")]
        written = [path.read_text("utf-8", "replace").strip() for path in texts if path.exists()]
        return "\n".join(text for text in written if text)


def score(
    candidates: Sequence[str], references: Sequence[Sequence[str]], *, processes: int | None = None
) -> SpiceResult:
    """Return official SPICE of Penn-tokenised candidates against their references.

    Raises:
        UserError: nothing to score, an item without references, Java or CoreNLP missing.
        AacbenchError: Java failed; the message holds all it said.
    """
    check(candidates, references)
    java, path = find_java(), class_path()
    plan = make_plan(len(candidates), os.cpu_count() or 1, memory(), processes)
    items = list(zip(candidates, references, strict=True))
    store = cache("spice", "official")
    try:
        rows = run(items, java, path, plan, str(store))
    except CacheFailure as failure:
        warnings.warn(f"SPICE's own cache does not work here: {failure}", RuntimeWarning, stacklevel=2)
        rows = run(items, java, path, plan, "")
    return collect(rows)


def class_path() -> str:
    """Return the class path: the driver, CoreNLP's two jars, SPICE's own.

    Raises:
        UserError: CoreNLP or pycocoevalcap is missing.
    """
    spec = importlib.util.find_spec("pycocoevalcap")
    folders = [Path(location, "spice") for location in (spec.submodule_search_locations or ())] if spec else []
    tool = next((folder for folder in folders if (folder / "spice-1.0.jar").exists()), None)
    if tool is None:
        raise UserError(f"SPICE's reference engine needs pip install pycocoevalcap==1.2; {HINT}")
    corenlp = find_corenlp()
    if corenlp is None:
        raise UserError(
            "SPICE's reference engine needs the parser CoreNLP 3.6.0, which is not here yet; "
            f"run `aacbench fetch spice` once (0.5 GB); {HINT}"
        )
    driver = Path(__file__).parent / "java"
    parts = [driver, corenlp / "stanford-corenlp-3.6.0.jar", corenlp / "stanford-corenlp-3.6.0-models.jar"]
    return os.pathsep.join(map(str, [*parts, tool / "spice-1.0.jar", tool / "lib" / "*"]))


class CacheFailure(AacbenchError):
    """The tool's cache does not work on this machine (no native library, a folder it cannot lock)."""


def run(
    items: Sequence[tuple[str, Sequence[str]]], java: Java, path: str, plan: Plan, store: str
) -> list[dict[str, Any]]:
    """Run the processes of a plan and return the tool's entries, in the items' order."""
    with tempfile.TemporaryDirectory(prefix="aacbench-spice-") as scratch:
        jobs = []
        for number in range(plan.processes):
            start, end = (len(items) * k // plan.processes for k in (number, number + 1))
            jobs.append(Job(items[start:end], Path(scratch, str(number))))
        command = [java.command, *java.options(plan.heap), "-cp", path, "SpiceDriver"]
        with started(jobs, command, [store, str(plan.threads)]) as running:
            for job, process in zip(jobs, running, strict=True):
                finish(job, process.wait())
        return [entry for job in jobs for entry in read(job)]


@contextmanager
def started(
    jobs: Sequence[Job], command: Sequence[str], last: Sequence[str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start a process per job; end those that still run when the block ends."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        for job in jobs:
            job.folder.mkdir()
            job.write()
            files = [str(job.folder / name) for name in ("input.json", "report.json")]
            with (
                (job.folder / "output.txt").open("wb") as out,
                (job.folder / "errors.txt").open("wb") as errors,
            ):
                streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": errors}
                running.append(subprocess.Popen([*command, *files, *last], env=java_environment(), **streams))
        yield running
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
            process.wait()


def finish(job: Job, code: int) -> None:
    """Check how a process ended: by its exit code, and by what it said in passing."""
    said = job.said()
    if code == 0 and not TROUBLE.search(said):
        return
    if CACHE_TROUBLE.search(said):
        raise CacheFailure(said)
    how = f"ended with code {code}" if code else "reported an error and went on, so its scores are not sound"
    raise failure(job, f"{how}; give it more memory" if "OutOfMemoryError" in said else how)


def failure(job: Job, what: str) -> AacbenchError:
    """Return the error for a process that failed, with all that Java said."""
    return AacbenchError(f"SPICE's reference engine {what}; {HINT}. Java said:\n{job.said() or 'nothing'}")


def read(job: Job) -> list[dict[str, Any]]:
    """Return the entries of a job's report, checked: one per item, in order, with scores."""
    names = {"All", *(kind.capitalize() for kind in KINDS)}
    try:
        entries = json.loads((job.folder / "report.json").read_text(encoding="utf-8"))
        ordered = sorted(entries, key=lambda entry: int(entry["image_id"]))
        whole = [int(entry["image_id"]) for entry in ordered] == list(range(len(job.items)))
        whole = whole and all(names <= set(entry["scores"]) for entry in ordered)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise failure(job, f"left no readable report ({error})") from error
    if not whole:
        raise failure(job, f"reported other items than the {len(job.items)} it was given")
    return ordered


def collect(entries: Sequence[dict[str, Any]]) -> SpiceResult:
    """Return the tool's entries as a result; the corpus value is the plain mean of the items."""
    items = tuple(number(entry["scores"]["All"]["f"]) for entry in entries)
    kinds = {kind: tuple(number(entry["scores"][kind.capitalize()]["f"]) for entry in entries) for kind in KINDS}
    return SpiceResult(sum(items) / len(items), items, kinds)


def number(value: float | str | None) -> float:
    """Return a score; NaN where the tool has none (null)."""
    return math.nan if value is None else float(value)
