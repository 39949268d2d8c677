"""`aacbench run --dry-run`: what would be run, read, downloaded and written, what it wants, what stands in its way.

Networks are made and loaded, and a step of each stage is tried on a few clips; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from aacbench.cli.tables import show
from aacbench.contracts import DatasetSpec, MethodSpec, outline
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.cache_dir import home
from aacbench.host import manager
from aacbench.models.published import weights_path
from aacbench.runs.resolve import RunRequest, choose, run_folder
from aacbench.runs.settings import build, flat
from aacbench.runtime.tables import Column, Format, Table
from aacbench.runtime.verbosity import silent
from aacbench.scoring.select import select
from aacbench.sweep.plan import Planned
from aacbench.sweep.state import is_locked, state_of

Row = tuple[str, str]


def show_dry_run(request: RunRequest, processes: int | None, form: Format) -> None:
    """Print what the run would be.

    Raises:
        UserError: a name is unknown, or a setting does not fit.
    """
    show(Table([Column("what"), Column("value")], [*rows(request, manager.load().registries, processes)]), form)


def rows(request: RunRequest, registries: Registries, processes: int | None = None) -> Iterator[Row]:
    """Yield what the run would be, a line a fact."""
    spec, data = registries.methods[request.method], registries.datasets[request.dataset]
    variant, settings = choose(request, registries)
    folder = run_folder(request, data, spec, variant)
    yield "method", f"{spec.name} {variant.name} ({spec.task}): {variant.summary}"
    yield "preset, seed", f"{request.preset}, {request.seed}"
    plain = settings.model_dump(mode="json")
    for key, value in _changed(spec, plain):
        yield f"setting {key}", value
    yield "data", _data(request, data, registries)
    yield "scored on", request.split
    yield "metrics", _metrics(request, spec, registries)
    for name, where in _weights(plain, registries):
        yield f"weights {name}", where
    for name, value in flat(request.metric_settings).items():
        yield f"metric setting {name}", value
    for name in request.track:
        yield f"tracker {registries.trackers[name].name}", str(flat(request.track_settings.get(name, {})) or "")
    yield "device", request.device + (f", {processes} processes" if processes else "")
    if request.energy:
        yield "energy", "measured in kWh, a stage"
    yield "written to", f"{folder}: settings.toml, record.json, predictions.csv, items.csv, a folder a stage"
    yield "cache", f"{home()}: features, and stages that runs share"
    yield "there now", _state(request, variant.name, plain, folder, registries)
    yield from _tried(request, registries)


def _tried(request: RunRequest, registries: Registries) -> Iterator[Row]:
    """Yield what the stages' steps want of memory, and what stands in the way of the run."""
    from aacbench.runs.dry_pass import memory_warnings, try_recipe
    from aacbench.runs.prepare import prepare

    data = registries.datasets[request.dataset]
    if data.embedded:  # the small kind, so that little is generated
        request = replace(
            request, options=replace(request.options, settings={**data.smoke, **request.options.settings})
        )
    try:
        with silent():
            prepared = prepare(request, registries)
            found = try_recipe(prepared, measured=True)
    except UserError as error:
        yield "in the way", str(error)
        return
    for name, wanted in found.memory.items():
        yield f"memory {name}", f"about {wanted / 1e9:.1f} GB in single precision"
    for warning in memory_warnings(prepared, found.memory):
        yield "warning", warning.removeprefix("warning: ")
    for problem in found.problems:
        yield "in the way", problem


def _changed(spec: MethodSpec, plain: dict[str, object]) -> list[Row]:
    """Return the settings that are not the method's defaults, which are the paper's."""
    defaults = flat(build(outline(spec).settings, []).model_dump(mode="json"))
    return [(key, value) for key, value in flat(plain).items() if defaults.get(key) != value]


def _data(request: RunRequest, spec: DatasetSpec, registries: Registries) -> str:
    options = request.options
    named = " ".join([spec.name, options.version or next(iter(spec.versions), "")]).strip()
    named += "".join(f" {key}={value}" for key, value in options.settings.items())
    if spec.embedded:
        return f"{named}, generated into {options.data_dir or home() / 'datasets'} where it is not there yet"
    try:
        registries.dataset(request.dataset, options)
    except UserError as error:
        return f"{named} is not ready: {error}"
    return f"{named}, found"


def _metrics(request: RunRequest, spec: MethodSpec, registries: Registries) -> str:
    if spec.task != "captioning":
        return ", ".join(request.metrics or ()) or "all of its task"
    selection = select(request.metrics, registries.metrics)
    wanted = [one.name for metric in selection.specs for one in metric.downloads if one.wanted_by("native")]
    more = f"; wanted from the web, once: {', '.join(dict.fromkeys(wanted))}" if wanted else ""
    return ", ".join(selection.outputs) + more


def _weights(plain: dict[str, object], registries: Registries) -> Iterator[Row]:
    """Yield the published weights that the settings name, and where they lie or come from."""
    known = {weights.name: weights for spec in registries.encoders for weights in spec.published}
    for value in dict.fromkeys(flat(plain).values()):
        if weights := known.get(value):
            path = weights_path(weights)
            yield weights.name, f"{path}" if path.is_file() else f"not here: aacbench fetch {weights.name}"


def _state(request: RunRequest, variant: str, settings: dict[str, object], folder: Path, registries: Registries) -> str:
    state = state_of(Planned(0, request, (), (), variant, settings, folder), registries)
    said = {
        "missing": "nothing: it would begin",
        "started": "begun: it would go on",
        "finished": "finished: it would be shown",
        "other settings": f"a run with other settings, which would be replaced: {state.note}",
    }[state.kind]
    said = "it would be removed and run anew" if request.fresh and state.kind != "missing" else said
    return said + ("; another process is at work there" if is_locked(folder) else "")
