"""One run from names to a record: prepare, stages, evaluate, finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.runs.dry_pass import dry_pass
from aacbench.runs.finish import begin, finish
from aacbench.runs.ground import is_edited
from aacbench.runs.prepare import Prepared, prepare
from aacbench.runs.record import RunRecord
from aacbench.runs.reopen import open_retriever, open_run
from aacbench.runs.resolve import RunRequest
from aacbench.runs.sealed import Sealing, begin_sealing, can_be_sealed, keep_seal
from aacbench.runs.stage_keys import StageResult
from aacbench.runs.stages import list_stages, run_stages
from aacbench.runs.tasks import captioning, retrieval
from aacbench.runs.tasks.outcome import TaskOutcome
from aacbench.runs.tracking import tracked
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.runtime.distributed.process_group import world

__all__ = ["RunRequest", "open_retriever", "open_run", "run"]


def run(request: RunRequest, registries: Registries) -> tuple[RunRecord, Path]:
    """Train, decode and score; return the record and the folder it lies in. A finished run is loaded, not run again.

    Raises:
        UserError: a name is unknown, the data is incomplete, a setting does not fit, or another process has the folder.
    """
    prepared = prepare(request, registries, by_seal=True)
    context = prepared.context
    with _alone(context.folder), tracked(context, prepared.trackers, request.track_settings) as context.tracker:
        prepared.take_fingerprints()
        sealing = _begin_sealing(prepared)
        dry_pass(prepared)
        earlier = begin(prepared)
        stages = run_stages(context, prepared.recipe, request.fresh)
        list_stages(context)
        outcome = _evaluate(prepared, stages)
        record = finish(prepared, earlier, stages, outcome)
        if sealing is not None:
            keep_seal(context, sealing, prepared.recipe, stages)
        return record, context.outputs


def _begin_sealing(prepared: Prepared) -> Sealing | None:
    """Return what a run begins with that can be sealed when it is finished, and was not sealed before."""
    if prepared.sealed or not prepared.spec.uses_torch or world().count > 1:
        return None
    if not can_be_sealed(prepared.method, prepared.recipe) or is_edited(prepared.context.registries):
        return None
    return begin_sealing(prepared.ground(), prepared.watch)


def _evaluate(prepared: Prepared, stages: Sequence[StageResult]) -> TaskOutcome:
    """Have the trained system do its task on the clips it is scored on."""
    task: Any = {"captioning": captioning, "retrieval": retrieval}[prepared.task]
    keys = [stage.key for stage in stages]
    outcome: TaskOutcome = task.evaluate(prepared.scored(), prepared.method, keys, prepared.request.metrics)
    return outcome


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the run's folder against other runs."""
    lock = FileLock(str(folder / ".lock"))
    _take(folder, lock)
    try:
        yield
    finally:
        lock.release()


@on_rank_zero
def _take(folder: Path, lock: BaseFileLock) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(f"another process is at work in {folder}; wait for it, or choose another --output") from error
