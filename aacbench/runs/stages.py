"""Runs a recipe: each stage in its folder, loaded instead of run when its inputs have not changed.

A stage's key (`stage_keys`) hashes its inputs, the seed, the code of its plugins and the keys of the stages that it
builds upon.
`stage.json` in the folder says under which key the stage was finished, and what the files it left must hold (SHA-256);
`started.json` under which key a killed run can be gone on with. What is damaged is made again, from the beginning of
the stage where it must be, which gives the same.

A shared stage runs in the cache. Its artifacts (`contracts.Stage.artifacts`) are linked into the run's own folder,
or copied where they cannot be, so that the finished run works without the cache.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aacbench.contracts import Stage
from aacbench.contracts.context import RunContext
from aacbench.contracts.previous import as_stage
from aacbench.datasets.fingerprint import require_unchanged
from aacbench.errors import DamagedError, UserError
from aacbench.files.atomic import atomic_write, sweep
from aacbench.files.cache_dir import cache, sweep_daily
from aacbench.files.checksums import digest
from aacbench.files.safe_read import load_json
from aacbench.files.tree import remove_tree
from aacbench.runs.costs import begin_measuring, measured
from aacbench.runs.energy import metered
from aacbench.runs.provenance import provenance_now
from aacbench.runs.stage_keys import (
    FINISHED,
    STARTED,
    StageKey,
    StageKeys,
    StageResult,
    read_object,
    stage_keys,
    standing,
    stands,
    started_key,
)
from aacbench.runs.stage_lock import StageLock
from aacbench.runtime.distributed.collectives import locked_by_rank_zero, on_rank_zero
from aacbench.runtime.distributed.process_group import is_rank_zero
from aacbench.runtime.progress import status
from aacbench.trackers.parts import log_part

UNREAD = (FINISHED, STARTED, "last.safetensors", "log.jsonl")  # what no later stage reads


def run_stages(run: RunContext, stages: Sequence[Stage], fresh: bool = False) -> list[StageResult]:
    """Run the stages in order; fill the run's `stages` with their folders.

    `fresh` runs again what the run owns, shared or not; stages that only lie in the cache are kept.

    Raises:
        UserError: clips changed meanwhile.
    """
    _sweep(run.folder)
    results: list[StageResult] = []
    for number, stage in enumerate(map(as_stage, stages), 1):
        context = told(run, stage)
        keys = stage_keys(context, stage, builds_upon(stage, results))
        own = context.folder / f"stage{number}-{stage.name}"
        folder, result = _run_one(context, stage, keys, own, fresh)
        results.append(replace(result, label=stage.label(context)))
        context.stages[stage.name] = folder
    return results


def _run_one(context: RunContext, stage: Stage, keys: StageKeys, own: Path, fresh: bool) -> tuple[Path, StageResult]:
    """Run a stage or find it; return its folder, which is the run's `own` or in the cache, and what came of it."""
    if not stage.shared:
        return own, _run(context, stage, standing(keys, own), own)
    if stage.artifacts is not None and not fresh and (done := _finished(stage, standing(keys, own), own)):
        return own, done  # the run has it, whatever became of the cache
    named = {key: cache("stages", f"{stage.name}-{key.value[:24]}") for key in keys.all()}
    key = next((key for key, folder in named.items() if stands(key, folder)), keys.present)
    folder = named[key]
    with locked_by_rank_zero(StageLock(folder, context.folder)):
        if fresh and stage.artifacts is not None:
            _remove(folder)
        result = _run(context, stage, key, folder)
        if stage.artifacts is not None:
            folder = _deliver(stage, folder, own)
    return folder, result


@on_rank_zero
def _sweep(folder: Path) -> None:
    """Remove what killed writers left in the cache and in the run's folder."""
    sweep_daily()
    sweep(folder)


@on_rank_zero
def _remove(folder: Path) -> None:
    with suppress(OSError):
        remove_tree(folder)


@on_rank_zero
def _deliver(stage: Stage, folder: Path, own: Path) -> Path:
    """Put what is there of a finished shared stage's artifacts into the run's own folder, `stage.json` last."""
    if own.exists():
        remove_tree(own)
    own.mkdir(parents=True)
    for name in (*(stage.artifacts or ()), FINISHED):
        if not (folder / name).exists():
            continue
        try:
            os.link(folder / name, own / name)
        except OSError:  # another file system
            shutil.copyfile(folder / name, own / name)
    return own


def find_stages(folder: Path) -> dict[str, Path]:
    """Return the folders of a finished run's stages by name, as its record lists them.

    Raises:
        OSError, ValueError: there is no such list, or it is damaged.
    """
    listed = load_json(folder / "stages.json")
    if not isinstance(listed, dict) or not all(isinstance(path, str) for path in listed.values()):
        raise ValueError("it lists no stages with their folders")
    return {name: (folder / path) for name, path in listed.items()}


def require_whole(stages: Mapping[str, Path]) -> None:
    """Raise `DamagedError` if a file that a finished stage left, and that is there, is not what it left."""
    for stage, folder in stages.items():
        files = read_object(folder / FINISHED).get("files", {})
        for name, sha256 in files.items() if isinstance(files, dict) else ():
            path = folder / name
            if path.exists() and not _holds(path, sha256):
                raise DamagedError(path, f"{path} is not what {stage} left there; repeat the run, which makes it again")


def stage_files(folder: Path) -> list[Path]:
    """Return the files of a finished stage that may be read again."""
    files = (path for path in folder.iterdir() if path.is_file() and path.name not in UNREAD)
    return sorted(path for path in files if not path.name.startswith("."))


def seal(folder: Path, finished: Mapping[str, Any]) -> None:
    """Write down that the stage in `folder` is finished, and what its files hold."""
    files = {path.name: digest(path, "sha256") for path in stage_files(folder)}
    plain = json.loads(json.dumps({**finished, "files": files}))
    atomic_write(folder / FINISHED, json.dumps({**plain, "check": _check(plain)}, sort_keys=True))


@on_rank_zero
def list_stages(context: RunContext) -> None:
    """Write where the stages lie, relative to the run's folder where they are inside it."""
    listed = {
        name: str(path.relative_to(context.folder) if path.is_relative_to(context.folder) else path)
        for name, path in context.stages.items()
    }
    atomic_write(context.folder / "stages.json", json.dumps(listed, indent=2))


def builds_upon(stage: Stage, results: Sequence[StageResult]) -> list[StageResult]:
    """Return the earlier stages that a stage builds upon: all, unless it says which."""
    needed = stage.depends_on
    return [result for result in results if needed is None or result.name in needed]


def told(run: RunContext, stage: Stage) -> RunContext:
    """Return the run's context as the stage sees it: with its own seed, where it has one; `stages` is shared."""
    return run if stage.seed is None else replace(run, seed=stage.seed)


def _run(context: RunContext, stage: Stage, key: StageKey, folder: Path, again: bool = True) -> StageResult:
    if done := _finished(stage, key, folder):
        return done
    _start(key, folder)
    begin_measuring(context.device)
    begin = time.monotonic()
    work = stage.run if stage.distributed else on_rank_zero(stage.run)
    try:
        with metered(context.energy and is_rank_zero()) as meter:
            summary = dict(work(context, folder))
    except DamagedError as error:
        if not (again and error.path.is_relative_to(folder)):
            raise
        status(f"{error.path} is damaged or gone; {stage.name} begins anew")
        _remove(folder)
        return _run(context, stage, key, folder, again=False)
    seconds = float(summary.pop("seconds", time.monotonic() - begin))
    return _finish(context, stage, key, folder, summary, seconds, meter.kwh)


@on_rank_zero
def _start(key: StageKey, folder: Path) -> None:
    """Make the folder of a stage that is to be run, or gone on with."""
    if started_key(folder) != key.value and folder.exists():
        remove_tree(folder)  # what is there was made from other inputs
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / STARTED, json.dumps({"key": key.value}))


@on_rank_zero
def _finish(
    context: RunContext,
    stage: Stage,
    key: StageKey,
    folder: Path,
    summary: Mapping[str, Any],
    seconds: float,
    kwh: float | None = None,
) -> StageResult:
    """Write down that a stage was run, and what it left."""
    try:
        require_unchanged(context.clips, context.fingerprints)
    except UserError:
        remove_tree(folder)
        raise
    log_part(context.tracker, "stages", {f"{stage.name}_seconds": seconds}, len(context.stages) + 1)
    made = provenance_now(context.device, key.plugins).model_dump(mode="json")
    costs = measured(context.device, kwh).model_dump(mode="json")
    whole = {"key": key.value, "seconds": seconds, "summary": summary, "made": made, "costs": costs}
    seal(folder, whole)
    return StageResult(stage.name, key.value, key.legacy, seconds, summary, made, costs=costs)


@on_rank_zero
def _finished(stage: Stage, key: StageKey, folder: Path) -> StageResult | None:
    """Return the result that lies in `folder`, where it is that of `key` and whole; what is damaged is removed."""
    done = read_object(folder / FINISHED)
    if done.get("key") != key.value:
        return None
    check = done.pop("check", None)
    files: Mapping[str, str] = done.get("files", {})  # without these it is an older version's
    damaged = [FINISHED] if (files or check is not None) and check != _check(done) else []
    wanted = files if stage.artifacts is None else stage.artifacts
    if not damaged:
        damaged = [name for name in files if name in wanted and not _holds(folder / name, files[name])]
    if not damaged:
        return StageResult(
            stage.name,
            key.value,
            key.legacy,
            done["seconds"],
            done["summary"],
            done.get("made"),
            costs=done.get("costs"),
        )
    status(f"{folder / damaged[0]} is not what {stage.name} left there; it is made again")
    for name in (*damaged, FINISHED):
        (folder / name).unlink(missing_ok=True)
    return None


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and digest(path, "sha256") == sha256


def _check(finished: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(finished, sort_keys=True).encode())
