"""`aacbench metaeval PAIRS`: which metric agrees with people?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from aacbench.cli.options import SEED, metrics_option
from aacbench.cli.paths import UserPath
from aacbench.cli.score import metric_settings, print_json
from aacbench.cli.tables import show, table_options
from aacbench.errors import UserError
from aacbench.host import manager
from aacbench.runtime.progress import status
from aacbench.runtime.tables import Cell, Column, Format, Table, Value
from aacbench.scoring import ENGINES, select
from aacbench.scoring.judgements import read_judgements
from aacbench.scoring.metaeval import Agreement, MetaReport, Tested, evaluate_metrics


@click.command()
@click.argument("pairs", type=UserPath())
@metrics_option
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="native",
    show_default=True,
    help="Who computes; both: side by side.",
)
@click.option("--set", "assignments", multiple=True, metavar="METRIC.KEY=VALUE", help="A metric's setting.")
@click.option("--resamples", default=1000, show_default=True, help="Bootstrap resamples of intervals and tests.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--json", "json_path", is_flag=False, flag_value="-", help="Write as JSON; '-' or nothing: print.")
@table_options
def metaeval(
    pairs: Path,
    metrics: list[str] | None,
    engine: str,
    assignments: Sequence[str],
    resamples: int,
    seed: int,
    json_path: str | None,
    form: Format,
    output: Path | None,
) -> None:
    """Compare metrics with people's choices between captions, or with their ratings.

    PAIRS is JSON in the form of the FENSE benchmark (clips with references and, under HC, HI, HM and MM_1.., two
    captions and votes), or objects with references, category, caption_0, caption_1 and votes; or with references,
    caption and rating. A metric is right where it scores the preferred caption higher; equal scores are wrong.
    """
    if resamples < 100:
        raise UserError(f"a 95 % interval needs at least 100 resamples; got {resamples}")
    judgements = read_judgements(pairs)
    selection = select(metrics, manager.load().registries.metrics, engine=engine)
    settings = metric_settings(assignments, selection.specs)
    report = evaluate_metrics(judgements, selection.specs, selection.outputs, engine, settings, resamples, seed)
    for caution in report.warnings:
        status(f"caution: {caution}")
    print_json(json_path, asdict(report))
    if json_path != "-" or output is not None:
        show(_tables(report), form, output)


def _tables(report: MetaReport) -> dict[str, Table]:
    tables = {}
    if report.accuracy:
        note = "share of pairs on which the metric prefers what people prefer, with its 95 % interval"
        tables["accuracy"] = _agreements(report.accuracy, note)
    if report.correlation:
        tables["correlation"] = _agreements(report.correlation, "correlation with ratings, with its 95 % interval")
    if report.tests:
        tables["tests"] = _tests(report.tests)
    return tables


def _agreements(agreements: dict[str, dict[str, Agreement]], note: str) -> Table:
    kinds = [*next(iter(agreements.values()))]
    counts = {kind: next(iter(agreements.values()))[kind].count for kind in kinds}
    columns = [Column("metric"), *(Column(kind, f"{kind} ({counts[kind]})", right=True) for kind in kinds)]
    rows: list[list[Value]] = [
        [name, *(Cell(asdict(by_kind[kind]), _written(by_kind[kind])) for kind in kinds)]
        for name, by_kind in agreements.items()
    ]
    return Table(columns, rows, notes=[note])


def _written(one: Agreement) -> str:
    return f"{one.value:.3f} ({one.low:.3f} - {one.high:.3f})"


def _tests(tests: Sequence[Tested]) -> Table:
    columns = [Column("first"), Column("second"), Column("difference", right=True), Column("p", right=True)]
    rows: list[list[Value]] = [
        [
            test.first,
            test.second,
            Cell(test.difference, f"{test.difference:+.3f}"),
            Cell(test.p_value, f"{test.p_value:.4f}"),
        ]
        for test in tests
    ]
    return Table(
        columns, rows, notes=["accuracy of the first less that of the second; paired randomisation, two-sided"]
    )
