"""Runs a recipe: each stage in its folder, loaded instead of run when its inputs have not changed.

A stage's key hashes its inputs, the seed, the training data and the keys of the stages that it builds upon.
`stage.json` in the folder says under which key the stage was finished; `started.json` under which one a killed run can
be gone on with.

A shared stage runs in the cache. The files it delivers (`contracts.Delivered`) are linked into the run's own folder,
or copied where they cannot be, so that the finished run works without the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from aacbench.context import RunContext
from aacbench.contracts import Delivered, Needs, Seeded, Stage
from aacbench.paths import atomic_write, cache
from aacbench.version import __version__


@dataclass(frozen=True, slots=True)
class StageResult:
    """A finished stage: its key, the seconds it took when it was run, and the numbers it reported."""

    name: str
    key: str
    seconds: float
    summary: Mapping[str, Any]


def run_stages(run: RunContext, stages: Sequence[Stage], fresh: bool = False) -> list[StageResult]:
    """Run the stages in order; fill the run's `stages` with their folders.

    `fresh` runs again what the run owns, shared or not; stages that only lie in the cache are kept.
    """
    results: list[StageResult] = []
    for place, stage in enumerate(stages, 1):
        context = _told(run, stage)
        key = _key(context, stage, _before(stage, results))
        own = folder = context.folder / f"stage{place}-{stage.name}"
        if not stage.shared:
            results.append(_run(context, stage, key, folder))
        elif isinstance(stage, Delivered) and not fresh and _read(own / "stage.json").get("key") == key:
            results.append(_run(context, stage, key, own))  # the run has it, whatever became of the cache
        else:
            folder = cache("stages", f"{stage.name}-{key[:24]}")
            with FileLock(str(folder) + ".lock"):
                if fresh and isinstance(stage, Delivered):
                    shutil.rmtree(folder, ignore_errors=True)
                results.append(_run(context, stage, key, folder))
                if isinstance(stage, Delivered):
                    folder = _deliver(stage, folder, own)
        context.stages[stage.name] = folder
    return results


def _deliver(stage: Delivered, folder: Path, own: Path) -> Path:
    """Put what a finished shared stage delivers, where it is there, into the run's own folder, `stage.json` last."""
    if own.exists():
        shutil.rmtree(own)
    own.mkdir(parents=True)
    for name in (*stage.delivered, "stage.json"):
        if not (folder / name).exists():
            continue
        try:
            os.link(folder / name, own / name)
        except OSError:  # another file system
            shutil.copyfile(folder / name, own / name)
    return own


def find_stages(folder: Path) -> dict[str, Path]:
    """Return the folders of a finished run's stages by name, as its record lists them."""
    listed: dict[str, str] = json.loads((folder / "stages.json").read_text(encoding="utf-8"))
    return {name: (folder / path) for name, path in listed.items()}


def list_stages(context: RunContext) -> None:
    """Write where the stages lie, relative to the run's folder where they are inside it."""
    listed = {
        name: str(path.relative_to(context.folder) if path.is_relative_to(context.folder) else path)
        for name, path in context.stages.items()
    }
    atomic_write(context.folder / "stages.json", json.dumps(listed, indent=2))


def _before(stage: Stage, results: Sequence[StageResult]) -> list[str]:
    """Return the keys of the earlier stages that a stage builds upon: all, unless it says which."""
    needs = stage.needs if isinstance(stage, Needs) else None
    return [result.key for result in results if needs is None or result.name in needs]


def _told(run: RunContext, stage: Stage) -> RunContext:
    """Return the run's context as the stage sees it: with its own seed, where it has one; `stages` is shared."""
    seed = stage.seed if isinstance(stage, Seeded) else None
    return run if seed is None else replace(run, seed=seed)


def _key(context: RunContext, stage: Stage, before: Sequence[str]) -> str:
    parts = {
        "stage": stage.name,
        "inputs": stage.inputs(context),
        "seed": context.seed,
        "before": list(before),
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _run(context: RunContext, stage: Stage, key: str, folder: Path) -> StageResult:
    done, started = _read(folder / "stage.json"), _read(folder / "started.json")
    if done.get("key") == key:
        return StageResult(stage.name, key, done["seconds"], done["summary"])
    if started.get("key") != key and folder.exists():
        shutil.rmtree(folder)  # what is there was made from other inputs
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / "started.json", json.dumps({"key": key}))
    begin = time.monotonic()
    summary = dict(stage.run(context, folder))
    seconds = float(summary.pop("seconds", time.monotonic() - begin))
    atomic_write(
        folder / "stage.json", json.dumps({"key": key, "seconds": seconds, "summary": summary}, sort_keys=True)
    )
    return StageResult(stage.name, key, seconds, summary)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
