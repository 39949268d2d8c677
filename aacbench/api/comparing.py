"""Two systems compared from Python, on the same clips."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aacbench.api import inputs
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runs.finished import FinishedRun
from aacbench.scoring import ScoreReport, select
from aacbench.scoring.comparing import compare_pair
from aacbench.scoring.files import read_references
from aacbench.scoring.resampling import Comparison
from aacbench.scoring.select import resolved
from aacbench.scoring.systems import System, aligned, from_captions, from_predictions, from_report, from_scores

Systems = str | Path | FinishedRun | ScoreReport | Iterable[str]


def compare(
    a: Systems,
    b: Systems,
    references: str | Path | Iterable[Iterable[str]] | None = None,
    metrics: Iterable[str] | str | None = None,
    *,
    engine: str = "native",
    resamples: int = 10_000,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Return by metric how two systems differ on the same N clips: means, the 95 % interval of B - A, and p-values.

    `a` and `b` are runs (`load_run`, or their folders), reports of `score_report`, files of scores a clip, or, with
    `references`, files of predictions or lists of N captions; `references` are then a file, or N lists of captions.
    Paired bootstrap and approximate randomisation over clips; corpus scores (BLEU, METEOR) are computed anew from each
    resample where captions are scored here, of the others means over clips are compared. p-values are two-sided, one a
    metric, not corrected for the number of metrics.

    Raises:
        UserError: the systems are not of the same clips, were not scored in the same way, or share no metric.
    """
    chosen = inputs.metric_names(metrics)
    first, second = (_system(name, one, references, chosen, engine) for name, one in (("a", a), ("b", b)))
    names, second = aligned(first, second)
    if chosen is not None and references is None:
        names = resolved("metric", chosen, names)
    return {name: compare_pair(first, second, name, resamples, seed) for name in names}


def _system(name: str, one: Systems, references: object, metrics: list[str] | None, engine: str) -> System:
    if isinstance(one, ScoreReport):
        return from_report(Path(name), one)
    path = one.folder if isinstance(one, FinishedRun) else Path(one) if isinstance(one, str | Path) else None
    if path is not None and references is None:
        return from_scores(path)
    if path is not None:
        if not isinstance(references, str | Path):
            raise UserError(f"{name} is a file; wanted the references as a file, too")
        selection = select(metrics, manager.load().registries.metrics, engine=engine)
        return from_predictions(path, read_references(Path(references)), selection.specs, selection.outputs, engine)
    if references is None or isinstance(references, str | Path):
        raise UserError(f"{name} is a list of captions; wanted the references as a list of captions a clip")
    captions, wanted = inputs.candidates(one), inputs.references(references)
    selection = select(metrics, manager.load().registries.metrics)
    ids = [str(number) for number in range(len(captions))]
    return from_captions(Path(name), ids, captions, wanted, selection.specs, selection.outputs, engine)
