"""`aacbench score`: a predictions file and a references file in, a table of scores with signatures out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from aacbench.cli.options import SEED, cache_limit_option, metrics_option, references_option, refuse
from aacbench.cli.outputs import keep_apart
from aacbench.cli.paths import OutputFile, UserPath
from aacbench.cli.score_table import interval_notes, report_table
from aacbench.cli.tables import show, table_options
from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, counted, resolve_name
from aacbench.files.names import find_name
from aacbench.files.safe_read import parse_json
from aacbench.files.tables import read_text
from aacbench.host import manager
from aacbench.runtime.progress import status
from aacbench.runtime.tables import Format
from aacbench.scoring import ENGINES, score_items, select, write_items
from aacbench.scoring.audio_files import find_audio
from aacbench.scoring.columns import parse_columns
from aacbench.scoring.files import parse_predictions, parse_references, read_references
from aacbench.scoring.list_report import report_lists, write_queries
from aacbench.scoring.match import Matched, match
from aacbench.scoring.ranked_lists import is_ranking, parse_ranking
from aacbench.scoring.relevance import read_relevance
from aacbench.scoring.report import write_text
from aacbench.scoring.select import left_out


@click.command()
@click.argument("predictions", type=UserPath())
@references_option
@metrics_option
@click.option("--engine", type=click.Choice(ENGINES), default="native", show_default=True, help="Who computes.")
@click.option("--json", "json_path", is_flag=False, flag_value="-", help="Write scores as JSON; '-' or nothing: print.")
@click.option("--items", "items_path", type=OutputFile(), help="Write per-clip scores as CSV.")
@click.option("--ci", is_flag=True, help="Add bootstrap 95 % confidence intervals.")
@click.option("--resamples", default=1000, show_default=True, help="Bootstrap resamples for --ci.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--partial", is_flag=True, help="Leave out clips without a prediction instead of refusing.")
@click.option("--columns", metavar="ROLE=COLUMN,...", help="Columns of other names: name, candidate, reference.")
@click.option("--audio", type=UserPath(), metavar="DIR", help="The clips, for metrics that listen.")
@cache_limit_option
@click.option("--postprocess", default="none", show_default=True, help="none, strip, first-sentence or unprefix.")
@click.option("--one-target", is_flag=True, help="Of ranked lists: each clip of a caption is a query of its own.")
@click.option("--set", "assignments", multiple=True, metavar="METRIC.KEY=VALUE", help="A metric's setting.")
@click.option("--signatures", is_flag=True, help="Print every score's whole signature.")
@click.option("--explain", metavar="FILE_NAME", help="Show SPICE's tuples of one clip instead of scoring.")
@table_options
@click.pass_context
def score(
    context: click.Context,
    predictions: Path,
    references: Path | None,
    metrics: list[str] | None,
    engine: str,
    json_path: str | None,
    items_path: Path | None,
    ci: bool,
    resamples: int,
    seed: int,
    partial: bool,
    columns: str | None,
    audio: Path | None,
    postprocess: str,
    one_target: bool,
    assignments: Sequence[str],
    signatures: bool,
    explain: str | None,
    form: Format,
    output: Path | None,
) -> None:
    """Score PREDICTIONS against references.

    PREDICTIONS ('-' is the standard input) holds captions: file_name,caption_predicted (or caption_predicted_1..K) as
    CSV or JSON lines; it may hold the references too. Or results of a retrieval system, which get R@1, R@5, R@10 and
    mAP@10: lists (caption,file_name_1,...,file_name_K), a matrix of similarities, or a TREC run. References are
    file_name,caption_1,... or, for retrieval, query,audio_filenames or TREC qrels, too.
    """
    as_json = Path(json_path) if json_path not in (None, "-") else None
    keep_apart(
        {"--items": items_path, "--json": as_json, "--output": output},
        {"PREDICTIONS": predictions, "--references": references},
    )
    if json_path == "-" and output is None:
        refuse(context, ["form"], "--json prints already; name a file for one of the two")
    if not ci:
        refuse(context, ["resamples", "seed"], "only with --ci, whose bootstrap it is for")
    elif resamples < 100:
        raise UserError(f"a 95 % interval needs at least 100 resamples; got {resamples}")
    known = [*manager.load().registries.metrics]
    source, own = read_text(predictions), parse_columns(columns)
    if lists := is_ranking(source):
        refuse(
            context,
            ["engine", "explain", "columns", "audio", "postprocess"],
            "not for ranked lists, which hold no captions",
        )
        if references is None:
            raise click.UsageError("Missing option '--references' / '-r', which says what is right")
        specs = select(metrics, known, "retrieval").specs
        report = report_lists(
            parse_ranking(source),
            read_relevance(references),
            known,
            metrics,
            partial,
            resamples if ci else 0,
            seed,
            metric_settings(assignments, specs),
            one_target,
        )
    else:
        refuse(context, ["one_target"], "only for ranked lists")
        selection = select(metrics, known, engine=engine)
        specs = selection.specs
        wanted = read_references(references, own.of_references()) if references else parse_references(source, own)
        matched = match(parse_predictions(source, own), wanted, partial)
        heard, said = find_audio(audio, matched.ids) if audio else ((), [])
        if explain is not None:
            _refuse_beside_explain(context)
            _explain(matched, explain, json_path)
            return
        report = score_items(
            matched.ids,
            matched.candidates,
            matched.references,
            specs,
            engine,
            metric_settings(assignments, specs),
            resamples if ci else 0,
            seed,
            heard,
            matched.alternatives,
            postprocess,
            matched.word_seconds,
        )
        warnings = dict.fromkeys((*matched.warnings, *said, *report.warnings))
        report = replace(report.only(selection.outputs), warnings=tuple(warnings))
    if metrics is None and not lists and (absent := left_out(known, engine)):
        status(absent)
    for caution in report.warnings:
        status(f"caution: {caution}")
    if items_path is not None:
        (write_queries if lists else write_items)(items_path, report)
    content = report.to_json()
    if notes := interval_notes(report):
        content["notes"] = notes
    print_json(json_path, content)
    if json_path != "-" or output is not None:
        table = report_table(report, specs, signatures)
        if lists:
            queries = f"{counted(len(report.items), 'query', 'queries')}; recall_at_k is the official (hit-rate) form"
            table = replace(table, notes=[queries, *table.notes])
        show(table, form, output)


def _refuse_beside_explain(context: click.Context) -> None:
    others = ["metrics", "engine", "items_path", "ci", "assignments", "signatures", "form", "output"]
    refuse(context, others, "not with --explain, which shows one clip's tuples")


def metric_settings(assignments: Sequence[str], specs: Sequence[MetricSpec]) -> dict[str, dict[str, Any]]:
    """Return settings by metric from `metric.key=value`; values are JSON where they can be read as such.

    Raises:
        UserError: an assignment of another form, or of a metric that is not computed.
    """
    settings: dict[str, dict[str, Any]] = {}
    for text in assignments:
        key, equals, value = text.partition("=")
        name, dot, option = key.partition(".")
        if not (equals and dot and option.isidentifier()):
            raise UserError(f"--set wants METRIC.KEY=VALUE, e.g. sbert_sim.model=all-MiniLM-L6-v2; got {text!r}")
        try:
            name = resolve_name("metric", name, [spec.name for spec in specs])
        except UserError as error:
            raise UserError(f"--set {text}: the metric {name!r} is not computed; add it with --metrics") from error
        try:
            settings.setdefault(name, {})[option] = parse_json(value)
        except ValueError:
            settings.setdefault(name, {})[option] = value
    return settings


def print_json(target: str | None, content: dict[str, Any]) -> None:
    """Print what was computed where `target` is `-`, or write it there; None is neither."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    if target == "-":
        click.echo(text)
    elif target is not None:
        write_text(Path(target), text + "\n")


def _explain(matched: Matched, clip: str, json_path: str | None) -> None:
    """Show the SPICE tuples of one clip's candidate and references.

    Raises:
        UserError: the clip is not among the matched ones.
    """
    from aacbench.metrics.spice.metric import explanation, explanation_json

    clip = find_name(clip, matched.ids) or resolve_name("clip", clip, matched.ids[:2000])
    row = matched.ids.index(clip)
    candidate, references = matched.candidates[row], matched.references[row]
    if json_path is not None:
        print_json(json_path, {"file_name": clip, **explanation_json(candidate, references)})
    if json_path != "-":
        click.echo(explanation(candidate, references))
