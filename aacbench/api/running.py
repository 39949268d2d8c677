"""Runs from Python: made, evaluated and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.api import inputs
from aacbench.contracts import Captioner, Dataset, DatasetOptions
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.finished import FinishedRun, finished_run, finished_runs, runs_frame
from aacbench.runs.resolve import RunRequest
from aacbench.runs.settings import flat
from aacbench.scoring import ScoreReport, score_items, select
from aacbench.types import Clip

if TYPE_CHECKING:
    import pandas as pd


def run(
    method: str,
    dataset: str = "soundscapes",
    *,
    variant: str | None = None,
    preset: str = "quick",
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    data_dir: str | Path | None = None,
    dataset_version: str | None = None,
    dataset_settings: Mapping[str, Any] | None = None,
    metrics: Iterable[str] | str | None = None,
    output: str | Path = "runs",
    device: str = "auto",
    fresh: bool = False,
) -> FinishedRun:
    """Train a method on a dataset, decode its evaluation split, score it, and return the finished run.

    As `aacbench run`: a killed run goes on where it stopped, a finished one is loaded. `settings` are nested, as in
    `settings.toml`: `{"search": {"beam_size": 2}}`; `seed` is that of everything random; `device` is `auto`, `cpu`,
    `cuda` or `cuda:N`.

    Raises:
        UserError: a name is unknown, a setting does not fit, the data is not there, or another process has the folder.
    """
    from aacbench.runs.execute import run as run_request  # which loads torch

    request = RunRequest(
        method=method,
        dataset=dataset,
        variant=variant,
        preset=preset,
        seed=seed,
        changes=settings or {},
        options=_options(data_dir, dataset_version, dataset_settings),
        output=Path(output),
        device=device,
        fresh=fresh,
        metrics=inputs.metric_names(metrics),
    )
    record, folder = run_request(request, manager.load().registries)
    return FinishedRun(folder, record)


def evaluate(
    captioner: Captioner | Callable[[Sequence[Path]], Iterable[str]],
    dataset: str | Dataset = "soundscapes",
    *,
    split: str = "evaluation",
    metrics: Iterable[str] | str | None = None,
    data_dir: str | Path | None = None,
    dataset_version: str | None = None,
    dataset_settings: Mapping[str, Any] | None = None,
    resamples: int = 0,
    seed: int = 0,
) -> ScoreReport:
    """Caption a split of a dataset with any captioner, and score the captions against the split's references.

    `captioner` has `caption(clips: Sequence[Clip]) -> list[str]`, as `FinishedRun.captioner` gives, or is a function
    from the N audio files' paths to N captions. `dataset` is a name, or a dataset object. With `resamples`, scores get
    95 % intervals over clips.

    Raises:
        UserError: a name is unknown, the data is not there, a clip has no references, or the captions are not N texts.
    """
    registries = manager.load().registries
    selection = select(inputs.metric_names(metrics), registries.metrics)
    options = _options(data_dir, dataset_version, dataset_settings)
    source = registries.dataset(dataset, options) if isinstance(dataset, str) else dataset
    clips = source.clips(split)
    captions = _captions(captioner, clips)
    references = [clip.captions for clip in clips]
    ids = [clip.id for clip in clips]
    report = score_items(ids, captions, references, selection.specs, resamples=resamples, seed=seed)
    return report.only(selection.outputs)


def load_run(folder: str | Path) -> FinishedRun:
    """Return the finished run in a folder: its record, scores, captions, and the trained system.

    Raises:
        UserError: the folder holds no finished run.
    """
    return finished_run(Path(folder))


def load_runs(folder: str | Path, samples: bool = False) -> pd.DataFrame:
    """Return the finished runs in a folder and below as a data frame: a row a run, or with `samples` a row a clip.

    Columns: `folder`, `task`, `method`, `variant`, `preset`, `dataset`, `version` (strings), `seed` (integer); then
    `clips` (integer), `training_seconds`, `decoding_seconds` (floats), `commit` (string), or with `samples`
    `file_name`, `caption` (strings); then a column of floats a score, not a number where a run has none. A damaged
    record is warned of and left out.

    Raises:
        UserError: there is no such folder.
    """
    return runs_frame([*finished_runs(Path(folder))], samples)


def _options(data_dir: str | Path | None, version: str | None, settings: Mapping[str, Any] | None) -> DatasetOptions:
    return DatasetOptions(Path(data_dir) if data_dir is not None else None, version, flat(settings or {}))


def _captions(captioner: Any, clips: Sequence[Clip]) -> list[str]:
    """Return what the captioner says of the clips, checked."""
    own = getattr(captioner, "caption", None)
    if own is None and not callable(captioner):
        kind = type(captioner).__name__
        raise UserError(f"a captioner has `caption(clips)` or is a function from paths to captions; got a {kind}")
    said = own(clips) if own is not None else captioner([clip.audio for clip in clips])
    captions = inputs.candidates(said)
    if len(captions) != len(clips):
        raise UserError(f"the captioner gave {len(captions)} captions for {len(clips)} clips; wanted one a clip")
    return captions
