"""`aacbench table`: the table of a paper, from finished runs or files of predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aacbench.cli.options import metrics_option, references_option, refuse
from aacbench.cli.paths import UserPath
from aacbench.cli.tables import show, table_options
from aacbench.runtime.tables import Format

if TYPE_CHECKING:
    from aacbench.analysis.paper_systems import PaperSystem
    from aacbench.contracts import MetricSpec


@click.command()
@click.argument("systems", nargs=-1, required=True, metavar="RUNS|PREDICTIONS...", type=UserPath())
@references_option
@metrics_option
@click.option("--percent", is_flag=True, help="Write fractions in per cent.")
@click.option("--digits", type=click.IntRange(0, 9), help="Digits behind the point; by default 3, in per cent 1.")
@click.option("--best", type=click.Choice(["bold", "none"]), default="bold", show_default=True, help="Mark the best.")
@click.option("--ci", is_flag=True, help="Add bootstrap 95 % confidence intervals over clips.")
@click.option("--resamples", default=1000, show_default=True, type=click.IntRange(100), help="Resamples for --ci.")
@click.option("--stars", is_flag=True, help="Add stars for a significant difference to the first row.")
@click.option("--costs", is_flag=True, help="Add what runs cost: weights, operations, seconds, memory, energy, tokens.")
@table_options
@click.pass_context
def table(
    context: click.Context,
    systems: tuple[Path, ...],
    references: Path | None,
    metrics: list[str] | None,
    percent: bool,
    digits: int | None,
    best: str,
    ci: bool,
    resamples: int,
    stars: bool,
    costs: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Write the table of a paper: RUNS (folders, or folders of runs) or files of PREDICTIONS, by metrics.

    Runs that differ in the seed alone are one row, with mean and spread. With --references everything is scored anew
    against them, which files of predictions need.
    """
    from aacbench.analysis.paper_table import Style, paper_table
    from aacbench.host import manager

    if not ci:
        refuse(context, ["resamples"], "only with --ci, whose bootstrap it is for")
    specs = [*manager.load().registries.metrics]
    rows, names = _systems(systems, references, metrics, specs, resamples if ci else 0)
    style = Style(percent, digits, best == "bold", ci, stars, costs)
    show(paper_table(rows, names, specs, style), form, output)


def _systems(
    paths: Sequence[Path],
    references: Path | None,
    metrics: list[str] | None,
    specs: Sequence[MetricSpec],
    resamples: int,
) -> tuple[list[PaperSystem], list[str]]:
    """Return the rows, and the scores that stand in columns."""
    from aacbench.analysis.paper_systems import from_file, from_runs, open_runs, scored_again
    from aacbench.contracts.outputs import headlines
    from aacbench.errors import UserError
    from aacbench.scoring.select import resolved, select

    rows: list[PaperSystem] = []
    if references is not None:
        selection = select(metrics, specs)
        for path in paths:
            runs = open_runs(path) if path.is_dir() else None
            again = scored_again(runs, references, selection, resamples) if runs is not None else None
            rows += again if again is not None else [from_file(path, references, selection, resamples)]
        names = [*selection.outputs]
        return rows, names if metrics is not None else headlines(names, specs)
    if files := [path for path in paths if not path.is_dir()]:
        raise UserError(f"{files[0]} is no folder of runs; a file of predictions needs --references REFERENCES.csv")
    runs = [run for path in paths for run in open_runs(path)]
    rows = from_runs(runs, specs, resamples)
    known = [*rows[0].seeds[0].scores]
    outputs = select(metrics, specs).outputs if metrics and all(run.record.task == "captioning" for run in runs) else ()
    names = [*outputs] or (headlines(known, specs) if metrics is None else resolved("metric", metrics, known))
    return rows, names
