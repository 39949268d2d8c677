"""A plugin without networks whose runs fail as told: a dataset of five clips and a method that says one sentence.

The setting `fail` is `once` (the first attempt is killed), `always`, or `mistake`. Its shared stage starts a process
and takes FLAKY_SECONDS; it writes down who began and ended it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import soundfile

from aacbench.contracts import DatasetOptions, DatasetSpec, MethodSpec, Stage, Variant
from aacbench.contracts.context import RunContext
from aacbench.errors import AacbenchError, UserError
from aacbench.hookspecs import hookimpl
from aacbench.training.settings import Frozen
from aacbench.types import Clip


class Bits:
    """Clips of a tenth of a second."""

    name, version, splits = "bits", "1", ("development", "validation", "evaluation")
    sizes: ClassVar[dict[str, int]] = {"development": 2, "validation": 1, "evaluation": 2}

    def __init__(self, options: DatasetOptions) -> None:
        self.folder = options.data_dir or Path("bits")

    def clips(self, split: str) -> list[Clip]:
        self.folder.mkdir(parents=True, exist_ok=True)
        found = []
        for index in range(self.sizes[split]):
            path = self.folder / f"{split}-{index}.wav"
            if not path.exists():
                part = path.with_suffix(f".{os.getpid()}.wav")
                soundfile.write(part, np.sin(np.arange(800) * (index + 1) / 9), 8000)
                part.replace(path)
            found.append(Clip(path.name, path, ("a short sound is heard", f"sound number {index} is heard")))
        return found


@dataclass(frozen=True)
class Slow(Stage):
    """The shared stage."""

    name: str = "pretrain-slowly"
    shared: bool = True

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        return {}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        _note(folder / "calls.txt", "begin")
        seconds = float(os.environ.get("FLAKY_SECONDS", "0"))
        if seconds:
            child = subprocess.Popen(["sleep", "600"])
            (context.folder.parent / "child.pid").write_text(str(child.pid))
            time.sleep(seconds)
            child.kill()
            child.wait()
        _note(folder / "calls.txt", "end")
        return {}


@dataclass(frozen=True)
class Own(Stage):
    """The stage that fails."""

    fail: str
    name: str = "own"
    shared: bool = False

    def inputs(self, context: RunContext) -> Mapping[str, Any]:
        return {"fail": self.fail}

    def run(self, context: RunContext, folder: Path) -> Mapping[str, Any]:
        attempts = folder / "attempts.txt"
        _note(attempts, "attempt")
        if self.fail == "once" and len(attempts.read_text().splitlines()) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fail == "always":
            raise AacbenchError("it is broken on purpose")
        if self.fail == "mistake":
            raise UserError("it was asked for wrongly on purpose")
        return {}


def _note(path: Path, what: str) -> None:
    with path.open("a") as handle:
        handle.write(f"{what} {os.getpid()}\n")


class Settings(Frozen):
    """How it fails and what it says."""

    fail: str = ""
    words: str = "a short sound is heard"


class Method:
    """The method."""

    settings = Settings
    presets: Mapping[str, Mapping[str, Any]] = {"smoke": {}, "quick": {}, "paper": {}}

    def recipe(self, context: RunContext) -> list[Any]:
        return [Slow(), Own(context.settings.fail)]

    def captioner(self, context: RunContext) -> Method:
        self.words = context.settings.words
        return self

    def caption(self, clips: Sequence[Clip]) -> list[str]:
        return [self.words] * len(clips)


@hookimpl
def register_datasets(register: Callable[[DatasetSpec], None]) -> None:
    register(DatasetSpec("bits", "clips of a tenth of a second", Bits, licence="CC0-1.0"))


@hookimpl
def register_methods(register: Callable[[MethodSpec], None]) -> None:
    kinds = ("once", "always", "mistake")
    variants = (Variant("plain", "runs"), Variant("other", "runs", {"words": "sound number 1 is heard"}))
    failing = tuple(Variant(kind, f"fails: {kind}", {"fail": kind}) for kind in kinds)
    register(MethodSpec("flaky", "fails as told", Method, variants=variants + failing, uses_torch=False))
