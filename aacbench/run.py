"""One run from names to a record: data, stages, decoding, scoring, files in the run's folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from aacbench.context import RunContext
from aacbench.contracts import (
    Captioner,
    Combining,
    Dataset,
    DatasetOptions,
    DatasetSpec,
    Method,
    MethodSpec,
    MethodTask,
    Mixed,
    Retriever,
    Variant,
    load,
)
from aacbench.errors import UserError, first_few, unknown_name
from aacbench.fingerprint import fingerprint, provenance
from aacbench.leaks import leaks
from aacbench.paths import atomic_write
from aacbench.record import DataRecord, RunRecord, ScoreRecord, StageRecord, commit, hardware, libraries
from aacbench.registry import Registries
from aacbench.settings import build, merge
from aacbench.splits import development_parts
from aacbench.tasks import captioning, retrieval
from aacbench.tasks.outcome import Outcome
from aacbench.training.stages import StageResult, list_stages, run_stages
from aacbench.types import Clip


@dataclass(frozen=True)
class RunRequest:
    """What `aacbench run` was asked for."""

    method: str
    dataset: str
    variant: str | None = None
    preset: str = "quick"
    seed: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    options: DatasetOptions = field(default_factory=DatasetOptions)
    output: Path = Path("runs")
    device: str = "auto"
    fresh: bool = False
    metrics: Sequence[str] | None = None


def run(request: RunRequest, registries: Registries) -> tuple[RunRecord, Path]:
    """Train, decode and score; return the record and the run's folder. A finished run is loaded, not run again.

    Raises:
        UserError: a name is unknown, the data is incomplete, a setting does not fit, or another process has the folder.
    """
    spec = registries.methods[request.method]
    method: Method = load(spec.factory)()
    variant, settings = choose(request, spec, method, registries)
    data = registries.datasets[request.dataset]
    folder = run_folder(request, data, spec, variant)
    if request.preset == "smoke" and not request.options.settings:
        request = replace(request, options=replace(request.options, settings=data.smoke))
    dataset = registries.dataset(request.dataset, request.options)
    merge_validation = getattr(settings, "merge_validation", False)
    clips = parts(dataset, request.seed, getattr(settings, "held_out", None), merge_validation)
    _check_captions(request.dataset, clips)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(folder / ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(f"another process is at work in {folder}; wait for it, or choose another --output") from error
    with lock:
        context = RunContext(
            method=spec.name,
            variant=variant.name,
            settings=settings,
            seed=request.seed,
            device=pick_device(request.device),
            dataset=request.dataset,
            options=request.options,
            folder=folder,
            registries=registries,
            clips=clips,
            fingerprints={name: fingerprint(part) for name, part in clips.items()},
        )
        return _run_in(context, request, method, dataset), folder


def _run_in(context: RunContext, request: RunRequest, method: Method, dataset: Dataset) -> RunRecord:
    folder = context.folder
    if request.fresh:
        for path in folder.iterdir():
            if path.name != ".lock":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    identity = _identity(context, request)
    atomic_write(folder / "run.json", json.dumps(identity, indent=2, default=str))
    atomic_write(folder / "settings.toml", to_toml(context.settings.model_dump(mode="json")))
    stages = run_stages(context, method.recipe(context), request.fresh)
    list_stages(context)
    task: Any = {"captioning": captioning, "retrieval": retrieval}[context.registries.methods[context.method].task]
    outcome: Outcome = task.evaluate(context, method, [stage.key for stage in stages], request.metrics)
    record = _record(context, request, dataset, stages, outcome)
    record.save(folder / "record.json")
    return record


def choose(request: RunRequest, spec: MethodSpec, method: Method, registries: Registries) -> tuple[Variant, Any]:
    """Return the variant and the settings of a run; a combination of parts is named after what the settings say."""
    if not isinstance(method, Combining):
        variant = find_variant(spec, request.variant)
        return variant, method_settings(method, spec, request.preset, variant, request.changes)
    variant = spec.variants[0] if request.variant is None else method.named(request.variant, registries)
    settings = method_settings(method, spec, request.preset, variant, request.changes)
    return replace(variant, name=method.combination(settings, registries)), settings


def find_variant(spec: MethodSpec, name: str | None) -> Variant:
    """Return the variant called `name`, the first one for None."""
    if name is None:
        return spec.variants[0]
    found = {variant.name: variant for variant in spec.variants}
    if name not in found:
        raise unknown_name(f"variant of {spec.name}", name, found)
    return found[name]


def method_settings(method: Method, spec: MethodSpec, preset: str, variant: Variant, changes: Mapping[str, Any]) -> Any:
    """Return the settings: the paper's defaults, the preset, the variant, the user's changes, in rising rank."""
    if preset not in method.presets:
        raise unknown_name(f"preset of {spec.name}", preset, method.presets)
    return build(method.settings, [method.presets[preset], variant.settings, changes])


def run_folder(request: RunRequest, data: DatasetSpec, spec: MethodSpec, variant: Variant) -> Path:
    """Return `OUTPUT/dataset/method/variant/seedK`.

    Another preset than `quick` is part of the last name, a version and a hash of the dataset's settings (and of where
    it lies, for one's own data, which has no version) part of the dataset's.
    """
    version = f"-{request.options.version}" if request.options.version else ""
    asked: dict[str, str] = dict(request.options.settings) if request.options.settings != data.smoke else {}
    if not data.versions and request.options.data_dir:
        asked["data-dir"] = str(request.options.data_dir.resolve())
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    own = f"-{digest}" if asked else ""
    preset = "" if request.preset == "quick" else f"-{request.preset}"
    last = f"seed{request.seed}{preset}"
    return request.output / f"{request.dataset}{version}{own}" / spec.name / variant.name / last


def _check_captions(dataset: str, clips: Mapping[str, Sequence[Clip]]) -> None:
    bare = [clip.id for part in clips.values() for clip in part if not clip.captions]
    if bare:
        raise UserError(
            f"{len(bare)} clips of {dataset} have no captions ({first_few(bare)}); it is for pretraining: choose a "
            "captioning dataset such as clotho, or name it as the dataset that a method pretrains on"
        )


def parts(
    dataset: Dataset, seed: int, held_out: float | None = None, merge_validation: bool = False
) -> dict[str, list[Clip]]:
    """Return training, validation and evaluation clips."""
    development = development_parts(dataset, seed, held_out, merge_validation)
    return {**development, "evaluation": dataset.clips("evaluation")}


def pick_device(asked: str) -> str:
    """Return the torch device: `auto` is the GPU where there is one.

    Raises:
        UserError: the device asked for is not there.
    """
    import torch

    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=asked)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"no device {asked!r} on this machine; use --device auto, cpu or cuda") from error
    return asked


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
    outcome: Outcome,
) -> RunRecord:
    notes = [*getattr(dataset, "notes", list)(), *leaks(context.clips)]
    parts = provenance(dataset, context.clips) if isinstance(dataset, Mixed) else {}
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
        stages=[
            StageRecord(name=stage.name, key=stage.key, seconds=round(stage.seconds, 3), summary=dict(stage.summary))
            for stage in stages
        ],
        decoding_seconds=round(outcome.seconds, 3),
        scores={
            name: ScoreRecord(value=score.corpus, signature=dict(score.signature))
            for name, score in outcome.scores.items()
        },
        libraries=libraries(),
        hardware=hardware(context.device),
        commit=commit(),
    )


def to_toml(values: Mapping[str, Any], prefix: str = "") -> str:
    """Return nested plain values as TOML; None, which TOML lacks, is left out."""
    lines, tables = [], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            name = f"{prefix}{key}"
            tables.append(f"\n[{name}]\n{to_toml(value, name + '.')}")
        elif value is not None:
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines) + "".join(tables)


EXAMPLES: Mapping[MethodTask, str] = {
    "captioning": "runs/soundscapes/rlssr/base+pann+l1/seed0",
    "retrieval": "runs/soundscapes/sjtu2022-retrieval/wlcnn14+bert-base/seed0",
}


def open_run(folder: Path, registries: Registries, device: str) -> Captioner:
    """Return the captioner of a finished run.

    Raises:
        UserError: the folder holds no finished run, or one of another task.
    """
    method, context = _reopened(folder, registries, device, "captioning", "search with it: aacbench search")
    captioner: Captioner = method.captioner(context)
    return captioner


def open_retriever(folder: Path, registries: Registries, device: str) -> Retriever:
    """Return the retriever of a finished run.

    Raises:
        UserError: the folder holds no finished run, or one of another task.
    """
    method, context = _reopened(folder, registries, device, "retrieval", "caption with it: aacbench caption")
    retriever: Retriever = method.retriever(context)
    return retriever


def _reopened(
    folder: Path, registries: Registries, device: str, task: MethodTask, otherwise: str
) -> tuple[Any, RunContext]:
    from aacbench.training.stages import find_stages

    try:
        stored = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        stages = find_stages(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no finished run; name a folder such as {EXAMPLES[task]}") from error
    spec = registries.methods[stored["method"]]
    if spec.task != task:
        raise UserError(f"{folder} is a run of {spec.name}, which is for {spec.task}; {otherwise}")
    method = load(spec.factory)()
    settings = build(method.settings, [merge({}, stored["settings"])])
    context = RunContext(
        method=stored["method"],
        variant=stored["variant"],
        settings=settings,
        seed=stored["seed"],
        device=pick_device(device),
        dataset=stored["dataset"],
        options=DatasetOptions(),
        folder=folder,
        registries=registries,
        stages=stages,
    )
    return method, context
