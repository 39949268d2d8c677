"""`aacbench compare A B`: is one system better than another on the same clips, and on which clips do they
differ?
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from aacbench.cli.options import metrics_option, refuse
from aacbench.cli.outputs import keep_apart
from aacbench.cli.score import print_json
from aacbench.cli.tables import show, table_options
from aacbench.contracts.outputs import headlines, of_references
from aacbench.errors import UserError, counted, resolve_name
from aacbench.host import manager
from aacbench.runtime.progress import status
from aacbench.runtime.tables import Cell, Column, Format, Table, Value
from aacbench.scoring import ENGINES, select
from aacbench.scoring.files import read_references
from aacbench.scoring.numbers import bounds, written
from aacbench.scoring.ranked_lists import is_top_list
from aacbench.scoring.relevance import read_relevance
from aacbench.scoring.resampling import Comparison, compare_items
from aacbench.scoring.select import resolved
from aacbench.scoring.systems import System, aligned, from_lists, from_predictions, from_scores


@click.command()
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--references", "-r", type=click.Path(path_type=Path), help="Score A and B against these first.")
@metrics_option
@click.option("--engine", type=click.Choice(ENGINES[:2]), default="native", show_default=True, help="Who computes.")
@click.option("--resamples", default=10_000, show_default=True, help="How often clips are drawn, and swapped.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws.")
@click.option("--by", help="Metric that the clips are sorted by; default: the most prominent one.")
@click.option("--clips", default=5, show_default=True, help="How many of the clips that differ most to show.")
@click.option("--json", "json_path", is_flag=False, flag_value="-", help="Write as JSON; '-' or nothing: print.")
@table_options
@click.pass_context
def compare(
    context: click.Context,
    a: Path,
    b: Path,
    references: Path | None,
    metrics: list[str] | None,
    engine: str,
    resamples: int,
    seed: int,
    by: str | None,
    clips: int,
    json_path: str | None,
    form: Format,
    output: Path | None,
) -> None:
    """Compare two runs (folders), two tables of per-clip scores, or with --references two predictions files.

    Paired bootstrap and approximate randomisation on per-clip scores; p-values are two-sided, one a metric,
    not corrected for the number of metrics.
    """
    as_json = Path(json_path) if json_path not in (None, "-") else None
    keep_apart({"--json": as_json, "--output": output}, {"A": a, "B": b, "--references": references})
    if references is None:
        refuse(context, ["engine"], "only with --references; what was scored before is compared as it is")
    if json_path == "-" and output is None:
        refuse(context, ["form"], "--json prints already; name a file for one of the two")
    first, second = _systems(a, b, references, metrics, engine)
    names, second = aligned(first, second)
    known = manager.load().registries.metrics
    if metrics is None:  # what is the same for both is only shown where it is asked for
        names = [name for name in names if name not in of_references(known)] or names
    elif references is None:
        names = resolved("metric", metrics, names)
    compared = {name: compare_items(first.scores[name], second.scores[name], resamples, seed) for name in names}
    by = resolve_name("metric", by, names) if by else headlines(names[::-1], known, most=1)[0]
    differing = _differing(first, second, by, clips)
    for caution in dict.fromkeys((*first.cautions, *second.cautions)):
        status(f"caution: {caution}")
    print_json(
        json_path,
        {
            "a": str(a),
            "b": str(b),
            "metrics": {name: asdict(result) for name, result in compared.items()},
            "clips": [{"file_name": name, "metric": by, "a": x, "b": y} for name, x, y in differing],
        },
    )
    if json_path != "-" or output is not None:
        tables = {"metrics": _table(compared, f"A {a}, B {b}")}
        if differing:
            tables["clips"] = _clips_table(first, second, by, differing)
        show(tables, form, output)


def _systems(
    a: Path, b: Path, references: Path | None, metrics: list[str] | None, engine: str
) -> tuple[System, System]:
    if references is None:
        return from_scores(a), from_scores(b)
    known = [*manager.load().registries.metrics]
    ranked = [is_top_list(path / "predictions.csv" if path.is_dir() else path) for path in (a, b)]
    if any(ranked):
        if not all(ranked):
            raise UserError(f"{a if ranked[0] else b} holds ranked lists, {b if ranked[0] else a} captions")
        if engine != "native":
            raise UserError("--engine: not for ranked lists, which no engine scores")
        relevance = read_relevance(references)
        first, second = (from_lists(path, relevance, known, metrics) for path in (a, b))
        return first, second
    selection = select(metrics, known)
    wanted = read_references(references)
    first, second = (from_predictions(path, wanted, selection.specs, selection.outputs, engine) for path in (a, b))
    return first, second


def _differing(a: System, b: System, by: str, limit: int) -> list[tuple[str, float, float]]:
    rows = zip(a.clips, a.scores[by], b.scores[by], strict=True)
    return sorted(rows, key=lambda row: -abs(row[2] - row[1]))[: max(0, limit)]


def _table(compared: dict[str, Comparison], title: str) -> Table:
    columns = [
        Column("metric", "mean over clips"),
        Column("a", "A", right=True),
        Column("b", "B", right=True),
        Column("difference", "B - A", "+.4f"),
        Column("interval", "95 % interval"),
        Column("p_bootstrap", "p (bootstrap)", ".4f"),
        Column("p_randomisation", "p (randomisation)", ".4f"),
    ]
    bounded = bounds(manager.load().registries.metrics)
    rows: list[list[Value]] = [
        [
            name,
            Cell(result.a, written(result.a, bounded.get(name))),
            Cell(result.b, written(result.b, bounded.get(name))),
            result.difference,
            Cell({"low": result.low, "high": result.high}, f"{result.low:+.4f} to {result.high:+.4f}"),
            result.p_bootstrap,
            result.p_randomisation,
        ]
        for name, result in compared.items()
    ]
    first = next(iter(compared.values()))
    clips, resamples = counted(first.items, "clip"), counted(first.resamples, "resample")
    note = f"{clips}, {resamples}; means over clips may differ from corpus scores"
    return Table(columns, rows, title, [note])


def _clips_table(a: System, b: System, by: str, differing: list[tuple[str, float, float]]) -> Table:
    columns = [Column("file_name", "clip"), Column("a", "A", ".4f"), Column("b", "B", ".4f")]
    rows: list[list[Value]] = [[clip, mine, theirs] for clip, mine, theirs in differing]
    for label, system in (("A", a), ("B", b)):
        if system.captions:
            columns.append(Column(f"caption_{label.lower()}", f"caption of {label}"))
            rows = [[*row, system.captions.get(clip, "")] for row, (clip, *_) in zip(rows, differing, strict=True)]
    return Table(columns, rows, f"clips that differ most in {by}")
