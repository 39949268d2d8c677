"""What a run needs before anything is computed: its method, settings and stages, its clips, device and folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aacbench.contracts import Dataset, MethodSpec, MethodTask, Stage, TrackerSpec, Variant, load, method_task
from aacbench.contracts.context import RunContext
from aacbench.contracts.registry import Registries
from aacbench.files.watch import Watch, watched
from aacbench.runs.data import PARTS, SCORED, CaptionsOnly, Lazy, clips_of, part_fingerprint, split_clips
from aacbench.runs.energy import require_meter
from aacbench.runs.ground import ground
from aacbench.runs.resolve import RunRequest, as_registered, choose, run_folder, used_version
from aacbench.runs.sealed import Seal, SealedMethod, read_seal, sealed_recipe
from aacbench.runs.tracking import chosen_trackers
from aacbench.runtime.device import pick_device
from aacbench.runtime.distributed.process_group import world
from aacbench.runtime.progress import status
from aacbench.scoring.select import select
from aacbench.types import Clip


@dataclass
class Prepared:
    """A run that can begin. `clips` are those of the split that is scored.

    `sealed` says that a seal tells of method and recipe; else `watch` is of what they were read from.
    """

    request: RunRequest
    spec: MethodSpec
    variant: Variant
    dataset: Dataset
    context: RunContext
    method: Any
    recipe: Sequence[Stage]
    clips: list[Clip]
    trackers: Sequence[TrackerSpec]
    sealed: bool
    watch: Watch
    fingerprint: str = ""

    @property
    def task(self) -> MethodTask:
        """What the method does under these settings."""
        return method_task(self.spec, self.context.settings)

    def take_fingerprints(self) -> None:
        """Hash the audio and the references of all clips; of a large training set, the sizes of its audio."""
        context = self.context
        context.fingerprints = {name: context.fingerprints[name] for name in context.clips}
        own = context.clips.get(SCORED) is self.clips
        self.fingerprint = context.fingerprints[SCORED] if own else part_fingerprint(self.clips)

    def ground(self) -> str:
        """Return what the recipe follows from; fingerprints are there."""
        return ground(self.request, self.variant, self.context, [*self.context.clips])

    def scored(self) -> RunContext:
        """Return the context with the scored clips as the evaluation clips; stages have seen the dataset's own."""
        clips = {**self.context.clips, SCORED: self.clips}
        return replace(self.context, clips=clips, fingerprints={**self.context.fingerprints, SCORED: self.fingerprint})


def prepare(request: RunRequest, registries: Registries, by_seal: bool = False) -> Prepared:
    """Return the run that was asked for; nothing is written, no network is made.

    With `by_seal`, a finished run is known by its seal, where it has one that holds, and torch is not loaded.

    Raises:
        UserError: a name is unknown, the data is incomplete, or a setting does not fit.
    """
    if request.energy:
        require_meter()
    request = as_registered(request, registries)
    spec, data = registries.methods[request.method], registries.datasets[request.dataset]
    variant, settings = choose(request, registries)
    _check_names(request, method_task(spec, settings), registries)
    trackers = chosen_trackers(request.track, request.track_settings, registries.trackers)
    folder = run_folder(request, data, spec, variant)
    request = replace(request, options=replace(request.options, version=used_version(request, spec)))
    if request.preset == "smoke" and not request.options.settings:
        request = replace(request, options=replace(request.options, settings=data.smoke))
    dataset = registries.dataset(request.dataset, request.options)
    read: Dataset = dataset if spec.needs_audio else CaptionsOnly(dataset)
    lazy = clips_of(read, request.seed, settings)
    context = RunContext(
        method=spec.name,
        variant=variant.name,
        settings=settings,
        seed=request.seed,
        device=request.device,
        dataset=request.dataset,
        options=request.options,
        folder=folder,
        registries=registries,
        clips=lazy,
        fingerprints=Lazy(PARTS, lambda name: part_fingerprint(lazy[name], name == SCORED)),
        metric_settings=request.metric_settings,
        split=request.split,
        energy=request.energy,
        preset=request.preset,
    )
    seal = _seal(request, variant, context, spec) if by_seal else None
    watch = Watch()
    if seal is None:
        context.device = _device(request.device, spec)  # from here on torch is there, where it is used at all
        with watched(watch):
            method = load(spec.factory)()
            recipe = [*method.recipe(context)]
    else:
        context.device, method = seal.device, SealedMethod(spec)
        recipe = sealed_recipe(seal, method, context)
    clips = lazy[SCORED] if request.split == SCORED else split_clips(read, request.split)
    parts = _wanted(lazy, bool(recipe), request.split) if seal is None else seal.parts
    context.clips = {name: lazy[name] for name in parts}
    held = seal is not None
    prepared = Prepared(request, spec, variant, dataset, context, method, recipe, clips, trackers, held, watch)
    _say(prepared)
    return prepared


def _seal(request: RunRequest, variant: Variant, context: RunContext, spec: MethodSpec) -> Seal | None:
    """Return the seal of a finished run, where nothing has changed that its recipe follows from."""
    if request.fresh or not spec.uses_torch or world().count > 1 or not (context.outputs / "record.json").is_file():
        return None
    seal = read_seal(context.outputs)
    if seal is None or not {*seal.parts} <= {*PARTS} or seal.ground != ground(request, variant, context, seal.parts):
        return None
    return seal


def _device(asked: str, spec: MethodSpec) -> str:
    return pick_device(asked) if spec.uses_torch or asked != "auto" else "cpu"


def _check_names(request: RunRequest, task: MethodTask, registries: Registries) -> None:
    if request.metrics is not None and task == "captioning":
        select(request.metrics, registries.metrics)
    for metric in request.metric_settings:
        registries.metrics[metric]  # refuses an unknown name


def _wanted(lazy: Lazy[list[Clip]], trained: bool, split: str) -> list[str]:
    """Return the parts that stages read: none of a method without stages, but what it asked for already."""
    parts = set(lazy.made) | ({"training", "validation"} if trained else set()) | ({SCORED} & {split})
    return [name for name in PARTS if name in parts]


def _say(prepared: Prepared) -> None:
    request, context, dataset = prepared.request, prepared.context, prepared.dataset
    counts = {**context.clips, request.split: prepared.clips}
    sizes = ", ".join(f"{len(part)} {name}" for name, part in counts.items())
    status(
        f"{prepared.spec.name} {context.variant} ({request.preset}, seed {request.seed}) on {dataset.name} "
        f"{dataset.version} ({sizes} clips), {context.device}, in {context.outputs}"
    )
