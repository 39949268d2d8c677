"""One run from names to a record: data, stages, decoding, scoring, files in the run's folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout
from pydantic import BaseModel

from aacbench.contracts import CompositeDataset, Dataset, Method, load
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.contracts.settings import current_names
from aacbench.datasets.fingerprint import fingerprint, provenance
from aacbench.datasets.leaks import leaks
from aacbench.datasets.splits import development_parts
from aacbench.errors import AacbenchError, UserError, first_few
from aacbench.files.atomic import atomic_write
from aacbench.runs.config import config_text
from aacbench.runs.record import DataRecord, RunRecord, ScoreRecord, StageRecord, commit, hardware, libraries
from aacbench.runs.reopen import open_retriever, open_run
from aacbench.runs.resolve import RunRequest, as_registered, choose, run_folder
from aacbench.runs.stages import StageResult, list_stages, run_stages
from aacbench.runs.tasks import captioning, retrieval
from aacbench.runs.tasks.outcome import TaskOutcome
from aacbench.runs.tracking import chosen_trackers, tracked
from aacbench.runtime.device import pick_device
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.runtime.progress import status
from aacbench.scoring.select import select
from aacbench.trackers.parts import log_part
from aacbench.types import Clip

__all__ = ["RunRequest", "open_retriever", "open_run", "run"]


def run(request: RunRequest, registries: Registries) -> tuple[RunRecord, Path]:
    """Train, decode and score; return the record and the run's folder. A finished run is loaded, not run again.

    Raises:
        UserError: a name is unknown, the data is incomplete, a setting does not fit, or another process has the folder.
    """
    request = as_registered(request, registries)
    spec, data = registries.methods[request.method], registries.datasets[request.dataset]
    variant, settings = choose(request, registries)
    if request.metrics is not None and spec.task == "captioning":
        select(request.metrics, registries.metrics)
    trackers = chosen_trackers(request.track, request.track_settings, registries.trackers)
    for metric in request.metric_settings:
        registries.metrics[metric]  # refuses an unknown name
    folder = run_folder(request, data, spec, variant)
    if request.preset == "smoke" and not request.options.settings:
        request = replace(request, options=replace(request.options, settings=data.smoke))
    dataset = registries.dataset(request.dataset, request.options)
    clips = on_rank_zero(partial(_clips, dataset, request.seed, settings))
    device = pick_device(request.device)  # from here on torch is there
    sizes = ", ".join(f"{len(part)} {name}" for name, part in clips.items())
    status(
        f"{spec.name} {variant.name} ({request.preset}, seed {request.seed}) on {dataset.name} {dataset.version} "
        f"({sizes} clips), {device}, in {folder}"
    )
    with _alone(folder):
        context = RunContext(
            method=spec.name,
            variant=variant.name,
            settings=settings,
            seed=request.seed,
            device=device,
            dataset=request.dataset,
            options=request.options,
            folder=folder,
            registries=registries,
            clips=clips,
            metric_settings=request.metric_settings,
            fingerprints=on_rank_zero(lambda: {name: fingerprint(part) for name, part in clips.items()}),
        )
        with tracked(context, trackers, request.track_settings) as context.tracker:
            return _run_in(context, request, load(spec.factory)(), dataset), folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the run's folder against other runs."""
    lock = FileLock(str(folder / ".lock"))
    on_rank_zero(partial(_take, folder, lock))
    try:
        yield
    finally:
        lock.release()


def _take(folder: Path, lock: BaseFileLock) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(f"another process is at work in {folder}; wait for it, or choose another --output") from error


def _run_in(context: RunContext, request: RunRequest, method: Method, dataset: Dataset) -> RunRecord:
    earlier = on_rank_zero(partial(_begin, context, request))
    stages = run_stages(context, method.recipe(context), request.fresh)
    on_rank_zero(partial(list_stages, context))
    task: Any = {"captioning": captioning, "retrieval": retrieval}[context.registries.methods[context.method].task]
    outcome: TaskOutcome = task.evaluate(context, method, [stage.key for stage in stages], request.metrics)
    record = on_rank_zero(partial(_record, context, request, dataset, stages, outcome))
    on_rank_zero(partial(record.save, context.folder / "record.json"))
    if _same_run(earlier, record, type(context.settings)):
        status(f"this run was finished before and is loaded from {context.folder}; --fresh runs it anew")
    else:
        log_part(context.tracker, "scores", {name: score.value for name, score in record.scores.items()}, 0)
    return record


def _begin(context: RunContext, request: RunRequest) -> RunRecord | None:
    """Write down in the run's folder what is run; return the record that a finished run left."""
    folder = context.folder
    if request.fresh:
        for path in folder.iterdir():
            if path.name != ".lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    earlier = _earlier(folder)
    identity = _identity(context, request)
    atomic_write(folder / "run.json", json.dumps(identity, indent=2, default=str))
    atomic_write(
        folder / "settings.toml", config_text(request, context.variant, context.settings.model_dump(mode="json"))
    )
    return earlier


def _clips(dataset: Dataset, seed: int, settings: Any) -> dict[str, list[Clip]]:
    """Return training, validation and evaluation clips, each with captions."""
    held_out, merged = getattr(settings, "held_out", None), getattr(settings, "merge_validation", False)
    clips = {**development_parts(dataset, seed, held_out, merged), "evaluation": dataset.clips("evaluation")}
    bare = [clip.id for part in clips.values() for clip in part if not clip.captions]
    if bare:
        raise UserError(
            f"{len(bare)} clips of {dataset.name} have no captions ({first_few(bare)}); it is for pretraining: choose "
            "a captioning dataset such as clotho, or name it as the dataset that a method pretrains on"
        )
    return clips


def _earlier(folder: Path) -> RunRecord | None:
    """Return the record that a finished run left."""
    try:
        return RunRecord.load(folder / "record.json")
    except AacbenchError:
        return None


def _same_run(one: RunRecord | None, other: RunRecord, model: type[BaseModel]) -> bool:
    """Whether nothing was trained or decoded between two records: not even the seconds differ."""
    if one is None or current_names(model, one.settings) != other.settings:
        return False
    spent = [[(stage.key, stage.seconds) for stage in record.stages] for record in (one, other)]
    return spent[0] == spent[1] and (one.data, one.decoding_seconds) == (other.data, other.decoding_seconds)


def _identity(context: RunContext, request: RunRequest) -> dict[str, Any]:
    """Return what `aacbench caption` needs to open the run again."""
    return {
        "method": context.method,
        "variant": context.variant,
        "preset": request.preset,
        "seed": context.seed,
        "dataset": context.dataset,
        "settings": context.settings.model_dump(mode="json"),
    }


def _record(
    context: RunContext,
    request: RunRequest,
    dataset: Dataset,
    stages: Sequence[StageResult],
    outcome: TaskOutcome,
) -> RunRecord:
    notes = [*getattr(dataset, "notes", list)(), *leaks(context.clips)]
    parts = provenance(dataset, context.clips) if isinstance(dataset, CompositeDataset) else {}
    return RunRecord(
        task=context.registries.methods[context.method].task,
        method=context.method,
        variant=context.variant,
        preset=request.preset,
        seed=context.seed,
        settings=context.settings.model_dump(mode="json"),
        data=DataRecord(
            name=dataset.name,
            version=dataset.version,
            settings=dict(request.options.settings),
            clips={name: len(part) for name, part in context.clips.items()},
            fingerprints=dict(context.fingerprints),
            notes=notes,
            parts=parts,
        ),
        stages=[_stage_record(stage) for stage in stages],
        decoding_seconds=round(outcome.seconds, 3),
        scores={
            name: ScoreRecord(value=score.corpus, signature=dict(score.signature))
            for name, score in outcome.scores.items()
        },
        libraries=libraries(),
        hardware=hardware(context.device),
        commit=commit(),
    )


def _stage_record(stage: StageResult) -> StageRecord:
    seconds = round(stage.seconds, 3)
    return StageRecord(name=stage.name, key=stage.key, seconds=seconds, summary=dict(stage.summary), label=stage.label)
