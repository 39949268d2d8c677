"""From grids to runs: every combination as the request, the folder and the command that `aacbench run` would have.

Seeds change fastest, so that runs that want the same pretraining, which are those of one seed, stand apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

from aacbench.contracts import DatasetOptions
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.models.published import pretrained_setting
from aacbench.runs.overrides import check_parts, named_parts
from aacbench.runs.resolve import RunRequest, as_registered, choose, run_folder
from aacbench.runs.settings import assignments, flat, merge
from aacbench.runs.tracking import chosen_trackers
from aacbench.sweep.names import naming, variants_of
from aacbench.sweep.settings import Grid, Sweep, where

MOST_RUNS = 10_000


@dataclass(frozen=True)
class Planned:
    """One run. `variant`, `settings` and `folder` are None while they wait for `after`, runs that it is made of."""

    grid: int
    request: RunRequest
    changes: tuple[str, ...]
    """As `--set` takes them."""
    data_changes: tuple[str, ...]
    variant: str | None = None
    settings: Mapping[str, Any] | None = None
    folder: Path | None = None
    after: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Its folder below the output, `soundscapes/rlssr/base/seed0`, or what is known of that."""
        if self.folder is not None:
            return self.folder.relative_to(self.request.output).as_posix()
        return f"{self.request.dataset}/{self.request.method}/?/seed{self.request.seed}"

    @property
    def kin(self) -> tuple[object, ...]:
        """What runs share that may want the same pretraining."""
        asked = self.request
        return asked.method, asked.dataset, asked.preset, asked.seed, str(asked.options)

    def command(self, processes: int = 1) -> tuple[str, ...]:
        """Return the arguments of `aacbench` that run it."""
        asked, options = self.request, self.request.options
        named = {
            "--method": asked.method,
            "--dataset": asked.dataset,
            "--variant": asked.variant,
            "--preset": asked.preset,
            "--seed": str(asked.seed),
            "--data-dir": options.data_dir and str(options.data_dir),
            "--dataset-version": options.version,
            "--metrics": ",".join(asked.metrics) if asked.metrics else None,
            "--output": str(asked.output),
            "--device": asked.device,
            "--processes": str(processes) if processes > 1 else None,
        }
        words = [f"{name}={value}" for name, value in named.items() if value is not None]
        words += [f"--set={text}" for text in self.changes]
        words += [f"--track={name}" for name in asked.track]
        return ("run", *words, *(f"--dataset-set={text}" for text in self.data_changes))


def plan(
    path: Path, sweep: Sweep, registries: Registries, open_data: bool = True, track: Sequence[str] = ()
) -> list[Planned]:
    """Return the runs in the order in which they are best started; what is asked for twice is one run.

    With `open_data` every dataset is looked for. `track` names trackers that every run logs to.

    Raises:
        UserError: a setting does not fit, a dataset or a tracker is not there, or two runs that differ have one folder.
    """
    chosen_trackers(track, {}, registries.trackers)
    asked: list[Planned] = []
    for index, grid in enumerate(sweep.runs):
        with naming(path, index):
            runs = [*islice(_requests(index, grid, sweep, registries), MOST_RUNS - len(asked) + 1)]
            if len(asked) + len(runs) > MOST_RUNS:
                raise UserError(f"more than {MOST_RUNS:,} runs; write several sweeps")
        for request in {run.request.dataset: run.request for run in runs}.values() if open_data else ():
            with naming(path, index, "datasets"):
                registries.dataset(request.dataset, request.options)
        asked += runs
    unique: dict[Path | str, Planned] = {}
    for run in sorted(asked, key=lambda one: "members" in one.request.changes):  # what is made of runs comes last
        with naming(path, run.grid):
            run = replace(run, request=replace(run.request, track=track))
            run = _named(run, registries, {one for one in unique if isinstance(one, Path)})
        key = run.folder or json.dumps(run.command())
        if key in unique and _identity(unique[key]) != _identity(run):
            raise UserError(
                f"{where(path, run.grid)}: asks for {run.name} with other settings than "
                f"{where(path, unique[key].grid)}; give one of them an `output` of its own"
            )
        unique.setdefault(key, run)
    return [*unique.values()]


def resolved(run: Planned, registries: Registries) -> Planned:
    """Return the run with what only its members tell, now that they are finished.

    Raises:
        UserError: they do not go together.
    """
    return _named(run, registries, set())


def _requests(index: int, grid: Grid, sweep: Sweep, registries: Registries) -> Iterator[Planned]:
    data_changes = texts({key: _joined(value) for key, value in grid.dataset_settings.items()})
    options = DatasetOptions(grid.data_dir, grid.dataset_version, flat(assignments(data_changes)))
    choices = (grid.encoders or (None,), grid.decoders or (None,), grid.pretraining or (None,))
    for dataset, method in product(grid.datasets or (registries.default_dataset,), grid.methods):
        spec = registries.methods[method]
        for variant, parts, seed in product(variants_of(spec, grid), product(*choices), grid.seeds):
            named = named_parts(registries, *parts, members=grid.members or ())
            check_parts(spec, named)
            if grid.pretrained is not None:
                named = merge(named, pretrained_setting(spec, grid.pretrained))
            changes = texts(merge(named, grid.settings))
            request = RunRequest(
                method=method,
                dataset=dataset,
                variant=variant,
                preset=grid.preset,
                seed=seed,
                changes=assignments(changes),
                options=options,
                output=grid.output or sweep.output,
                device=grid.device,
                metrics=grid.metrics,
            )
            yield Planned(index, as_registered(request, registries), changes, data_changes)


def _named(run: Planned, registries: Registries, planned: set[Path]) -> Planned:
    """Return the run with variant, settings and folder, unless it is made of runs that are `planned` and not there."""
    members = run.request.changes.get("members", ())
    folders = {path.resolve(): path for path in planned}
    mine = [folders[Path(one).resolve()] for one in members if Path(one).resolve() in folders]
    if any(not (path / "record.json").is_file() for path in mine):
        return replace(run, after=tuple(mine))
    request, spec = run.request, registries.methods[run.request.method]
    variant, settings = choose(request, registries)
    folder = run_folder(request, registries.datasets[request.dataset], spec, variant)
    return replace(
        run, variant=variant.name, settings=settings.model_dump(mode="json"), folder=folder, after=tuple(mine)
    )


def _identity(run: Planned) -> tuple[object, ...]:
    asked = run.request
    return run.settings, asked.options, asked.metrics, asked.device


def texts(nested: Mapping[str, Any], prefix: str = "") -> tuple[str, ...]:
    """Return nested values as `a.b=VALUE` with JSON values, which `assignments` reads back; "none" is none."""
    pairs: list[str] = []
    for key, value in nested.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            pairs += texts(value, f"{name}.")
        else:
            pairs.append(f"{name}={json.dumps(None if value == 'none' else value, default=str)}")
    return tuple(pairs)


def _joined(value: Any) -> Any:
    """Return a list as datasets take one: words with commas."""
    return ",".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
