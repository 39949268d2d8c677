"""`aacbench compare A B`: is one system better than another on the same clips, and on which clips do they
differ? With three systems or more: which of all pairs differ?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from aacbench.cli.compare_tables import clips_table, letters, matrix_json, matrix_table, pair_table
from aacbench.cli.options import SEED, metrics_option, refuse
from aacbench.cli.outputs import keep_apart
from aacbench.cli.paths import UserPath
from aacbench.cli.score import print_json
from aacbench.cli.tables import show, table_options
from aacbench.contracts.outputs import headlines, of_references
from aacbench.errors import UserError, resolve_name
from aacbench.host import manager
from aacbench.runtime.progress import status
from aacbench.runtime.tables import Format
from aacbench.scoring import ENGINES, select
from aacbench.scoring.comparing import compare_all, compare_pair
from aacbench.scoring.files import read_references
from aacbench.scoring.ranked_lists import is_top_list
from aacbench.scoring.relevance import read_relevance
from aacbench.scoring.select import resolved
from aacbench.scoring.systems import System, aligned, from_lists, from_predictions, from_scores


@click.command()
@click.argument("systems", nargs=-1, required=True, metavar="A B [C...]", type=UserPath())
@click.option("--references", "-r", type=UserPath(), help="Score the systems against these first.")
@metrics_option
@click.option("--engine", type=click.Choice(ENGINES[:2]), default="native", show_default=True, help="Who computes.")
@click.option("--resamples", default=10_000, show_default=True, help="How often clips are drawn, and swapped.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the draws.")
@click.option("--by", help="Metric that the clips are sorted by; default: the most prominent one.")
@click.option("--clips", default=5, show_default=True, help="How many of the clips that differ most to show.")
@click.option("--json", "json_path", is_flag=False, flag_value="-", help="Write as JSON; '-' or nothing: print.")
@table_options
@click.pass_context
def compare(
    context: click.Context,
    systems: tuple[Path, ...],
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
    """Compare runs (folders), tables of per-clip scores, or with --references predictions files.

    Paired bootstrap and approximate randomisation over clips; with --references, corpus scores (BLEU, METEOR) are
    computed anew from each resample. p-values are two-sided, one a metric, not corrected for the number of metrics.
    Three systems or more make a matrix of all pairs, with p-values corrected for their number (Holm).
    """
    as_json = Path(json_path) if json_path not in (None, "-") else None
    inputs = dict(zip(letters(len(systems)), systems, strict=True))
    keep_apart({"--json": as_json, "--output": output}, {**inputs, "--references": references})
    if len(systems) < 2:
        raise UserError("comparing wants two systems or more: aacbench compare A B")
    if references is None:
        refuse(context, ["engine"], "only with --references; what was scored before is compared as it is")
    if len(systems) > 2:
        refuse(context, ["by", "clips"], "only for two systems, whose clips are set side by side")
    if json_path == "-" and output is None:
        refuse(context, ["form"], "--json prints already; name a file for one of the two")
    read = _systems(systems, references, metrics, engine)
    names = _shared(read, metrics, scored=references is not None)
    for caution in dict.fromkeys(caution for system in read for caution in system.warnings):
        status(f"caution: {caution}")
    printed = json_path != "-" or output is not None
    if len(systems) > 2:
        matrices = {name: compare_all(read, name, resamples, seed) for name in names}
        content = {"systems": [*map(str, systems)], "metrics": {name: matrix_json(m) for name, m in matrices.items()}}
        print_json(json_path, content)
        if printed:
            show({name: matrix_table(matrix) for name, matrix in matrices.items()}, form, output)
        return
    first, second = read[0], aligned(*read)[1]
    compared = {name: compare_pair(first, second, name, resamples, seed) for name in names}
    known = manager.load().registries.metrics
    by = resolve_name("metric", by, names) if by else headlines(names[::-1], known, most=1)[0]
    differing = _differing(first, second, by, clips)
    print_json(
        json_path,
        {
            "a": str(systems[0]),
            "b": str(systems[1]),
            "metrics": {name: asdict(result) for name, result in compared.items()},
            "clips": [{"file_name": name, "metric": by, "a": x, "b": y} for name, x, y in differing],
        },
    )
    if printed:
        tables = {"metrics": pair_table(compared, f"A {systems[0]}, B {systems[1]}")}
        if differing:
            tables["clips"] = clips_table(first, second, by, differing)
        show(tables, form, output)


def _shared(systems: Sequence[System], metrics: list[str] | None, scored: bool) -> list[str]:
    """Return the metrics that all systems have and the user wants."""
    names = [*systems[0].scores]
    for other in systems[1:]:
        both = aligned(systems[0], other)[0]
        names = [name for name in names if name in both]
    if not names:
        raise UserError("no metric is in all of the systems; score all again with --references")
    if metrics is None:  # what is the same for all is only shown where it is asked for
        unwanted = of_references(manager.load().registries.metrics)
        return [name for name in names if name not in unwanted] or names
    return names if scored else resolved("metric", metrics, names)


def _systems(paths: Sequence[Path], references: Path | None, metrics: list[str] | None, engine: str) -> list[System]:
    if references is None:
        return [from_scores(path) for path in paths]
    known = [*manager.load().registries.metrics]
    ranked = [is_top_list(path / "predictions.csv" if path.is_dir() else path) for path in paths]
    if any(ranked):
        if not all(ranked):
            lists, captions = paths[ranked.index(True)], paths[ranked.index(False)]
            raise UserError(f"{lists} holds ranked lists, {captions} captions")
        if engine != "native":
            raise UserError("--engine: not for ranked lists, which no engine scores")
        relevance = read_relevance(references)
        return [from_lists(path, relevance, known, metrics) for path in paths]
    selection = select(metrics, known, engine=engine)
    wanted = read_references(references)
    return [from_predictions(path, wanted, selection.specs, selection.outputs, engine) for path in paths]


def _differing(a: System, b: System, by: str, limit: int) -> list[tuple[str, float, float]]:
    rows = zip(a.clips, a.scores[by], b.scores[by], strict=True)
    return sorted(rows, key=lambda row: -abs(row[2] - row[1]))[: max(0, limit)]
