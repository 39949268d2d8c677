"""What a run writes down of itself: what is run when it begins, and the record when it ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from aacbench.contracts import Account, CompositeDataset
from aacbench.contracts.datasets import notes_of
from aacbench.contracts.settings import current_names, with_later
from aacbench.datasets.fingerprint import provenance, whole_fingerprint
from aacbench.datasets.leaks import leaks
from aacbench.errors import AacbenchError, counted, first_few
from aacbench.files.atomic import atomic_write
from aacbench.files.tree import remove_tree
from aacbench.runs.config import config_text
from aacbench.runs.costs import StageCosts, decoding_costs, network_record
from aacbench.runs.data import SCORED, AbsentAudio
from aacbench.runs.prepare import Prepared
from aacbench.runs.provenance import UNCOMMITTED, Provenance, plugins_named, provenance_now
from aacbench.runs.record import DataRecord, RunRecord, ScoreRecord, StageRecord
from aacbench.runs.stage_keys import StageResult
from aacbench.runs.tasks.outcome import TaskOutcome
from aacbench.runtime.distributed.collectives import on_rank_zero
from aacbench.runtime.progress import status
from aacbench.trackers.parts import log_part

RECORD = "record.json"


@on_rank_zero
def begin(prepared: Prepared) -> RunRecord | None:
    """Write down in the run's folder what is run; return the record that a finished run left."""
    context = prepared.context
    if prepared.request.fresh:
        for path in context.folder.iterdir():
            if path.name != ".lock":
                remove_tree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    context.outputs.mkdir(exist_ok=True)
    atomic_write(context.folder / "run.json", json.dumps(_identity(prepared), indent=2, default=str))
    plain = with_later(type(context.settings), context.settings.model_dump(mode="json"))
    text = config_text(prepared.request, context.variant, plain)
    atomic_write(context.folder / "settings.toml", text)
    try:
        return RunRecord.load(context.outputs / RECORD)
    except AacbenchError:
        return None


def _identity(prepared: Prepared) -> dict[str, Any]:
    """Return what `aacbench caption` needs to open the run again."""
    context = prepared.context
    return {
        "method": context.method,
        "variant": context.variant,
        "preset": prepared.request.preset,
        "seed": context.seed,
        "dataset": context.dataset,
        "task": prepared.task,
        "settings": context.settings.model_dump(mode="json"),
    }


@on_rank_zero
def finish(
    prepared: Prepared, earlier: RunRecord | None, stages: Sequence[StageResult], outcome: TaskOutcome
) -> RunRecord:
    """Write the record and return it; that of a finished run which was only looked at again stays as it is."""
    record = _record(prepared, stages, outcome)
    if earlier is not None and not outcome.anew and _same_work(earlier, record, type(prepared.context.settings)):
        if _same_scores(earlier.scores, record.scores):
            status(f"this run was finished before and is loaded from {prepared.context.outputs}; --fresh runs it anew")
            return earlier
        made = {name: getattr(earlier, name) for name in ("libraries", "hardware", "commit", "plugins")}
        record = record.model_copy(update={**made, "costs": earlier.costs or record.costs})  # of decoding, done before
    elif prepared.sealed:
        import_module("torch")  # which says of the machine what it says without a seal
        record = _record(prepared, stages, outcome)
    record.save(prepared.context.outputs / RECORD)
    scores = {name: score.value for name, score in record.scores.items()}
    log_part(prepared.context.tracker, "scores", scores, 0)
    if record.commit and record.commit.endswith(UNCOMMITTED):
        status(f"note: the code has changes that are not committed; the record says so (commit {record.commit})")
    return record


def _same_work(one: RunRecord, other: RunRecord, model: type[BaseModel]) -> bool:
    """Whether nothing was trained or decoded between two records: not even the seconds differ."""
    shared = set(one.data.fingerprints) & set(other.data.fingerprints)
    spent = [[(stage.key, stage.seconds) for stage in record.stages] for record in (one, other)]
    return (
        current_names(model, one.settings) == other.settings
        and spent[0] == spent[1]
        and one.decoding_seconds == other.decoding_seconds
        and one.data.split == other.data.split
        and all(one.data.fingerprints[name] == other.data.fingerprints[name] for name in shared)
    )


def _same_scores(one: Mapping[str, ScoreRecord], other: Mapping[str, ScoreRecord]) -> bool:
    return one.keys() == other.keys() and all(score.same(other[name]) for name, score in one.items())


def _record(prepared: Prepared, stages: Sequence[StageResult], outcome: TaskOutcome) -> RunRecord:
    request, context = prepared.request, prepared.context
    settings = context.settings.model_dump(mode="json")
    plugins = plugins_named({"method": context.method, **settings}, context.registries)
    made = provenance_now(context.device, plugins)
    return RunRecord(
        task=prepared.task,
        method=context.method,
        variant=context.variant,
        preset=request.preset,
        seed=request.seed,
        settings=settings,
        data=_data(prepared, outcome.account),
        stages=[_stage(stage) for stage in stages],
        decoding_seconds=round(outcome.seconds, 3),
        scores={
            name: ScoreRecord(value=score.corpus, signature=dict(score.signature))
            for name, score in outcome.scores.items()
        },
        libraries=made.libraries,
        hardware=made.hardware,
        commit=made.commit,
        plugins=made.plugins,
        costs=decoding_costs(outcome.seconds, prepared.clips, outcome.account, outcome.kwh if outcome.anew else None),
        network=network_record(outcome.network, [stage.summary for stage in stages]),
        unanswered={why: [*clips] for why, clips in outcome.account.unanswered.items()},
    )


def _stage(stage: StageResult) -> StageRecord:
    made = None if stage.made is None else Provenance.model_validate(stage.made)
    return StageRecord(
        name=stage.name,
        key=stage.key,
        seconds=round(stage.seconds, 3),
        summary=dict(stage.summary),
        label=stage.label,
        made=made,
        costs=None if stage.costs is None else StageCosts.model_validate(stage.costs),
    )


def _data(prepared: Prepared, account: Account) -> DataRecord:
    dataset, scored, split = prepared.dataset, prepared.scored(), prepared.request.split
    return DataRecord(
        name=dataset.name,
        version=dataset.version,
        settings=dict(prepared.request.options.settings),
        clips={name: len(part) for name, part in scored.clips.items()},
        fingerprints={name: whole_fingerprint(scored.clips[name], mark) for name, mark in scored.fingerprints.items()},
        notes=[*notes_of(dataset), *_warnings(prepared), *_notes_of(account)],
        parts=provenance(dataset, scored.clips) if isinstance(dataset, CompositeDataset) else {},
        split=split,
    )


def _notes_of(account: Account) -> list[str]:
    lacking = {f"without a caption, scored as empty, {why}": clips for why, clips in account.unanswered.items()}
    said = {**lacking, **account.remarks}
    return [f"{counted(len(clips), 'clip')} {what}: {first_few(clips)}" for what, clips in said.items()]


def _warnings(prepared: Prepared) -> list[str]:
    """Return what a reader must know of the scored clips: where they may have been heard before, or were not heard."""
    split, parts = prepared.request.split, dict(prepared.context.clips)
    notes = []
    if split != SCORED:
        heard = ", which it was trained on" if prepared.recipe and split == "development" else ""
        notes.append(f"scored on the split {split}{heard}, not on evaluation")
        parts.pop({"development": "training"}.get(split, split), None)  # its own clips, under their other name
    silent = sum(isinstance(clip.audio, AbsentAudio) for clip in prepared.clips)
    if silent:
        notes.append(f"{silent} of the scored clips have no audio here, which {prepared.spec.name} does not read")
    return [*notes, *leaks({**parts, SCORED: prepared.clips})]
