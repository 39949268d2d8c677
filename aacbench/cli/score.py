"""`aacbench score`: a predictions file and a references file in, a table of scores with signatures out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from aacbench.cli.tables import columns
from aacbench.contracts import MetricSpec
from aacbench.errors import UserError
from aacbench.files.safe_read import parse_json
from aacbench.host import manager
from aacbench.scoring import ENGINES, ScoreReport, Selection, score_items, select, write_items
from aacbench.scoring.files import read_predictions, read_references
from aacbench.scoring.match import Matched, match
from aacbench.scoring.ranked_lists import is_top_list, score_lists
from aacbench.scoring.report import write_text
from aacbench.scoring.signatures import split_short


@click.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option("--references", "-r", required=True, type=click.Path(path_type=Path), help="Reference captions (CSV).")
@click.option("--metrics", "-m", help="Names separated by commas, e.g. bleu,cider_d; default: all default ones.")
@click.option("--engine", type=click.Choice(ENGINES), default="native", show_default=True)
@click.option("--json", "json_path", is_flag=False, flag_value="-", help="Write scores as JSON; '-' or nothing: print.")
@click.option("--items", "items_path", type=click.Path(path_type=Path), help="Write per-clip scores as CSV.")
@click.option("--ci", is_flag=True, help="Add bootstrap 95 % confidence intervals.")
@click.option("--resamples", default=1000, show_default=True, help="Bootstrap resamples for --ci.")
@click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--partial", is_flag=True, help="Leave out clips without a prediction instead of refusing.")
@click.option("--set", "assignments", multiple=True, metavar="METRIC.KEY=VALUE", help="A metric's setting.")
@click.option("--signatures", is_flag=True, help="Print every score's whole signature.")
@click.option("--explain", metavar="FILE_NAME", help="Show SPICE's tuples of one clip instead of scoring.")
def score(
    predictions: Path,
    references: Path,
    metrics: str | None,
    engine: str,
    json_path: str | None,
    items_path: Path | None,
    ci: bool,
    resamples: int,
    seed: int,
    partial: bool,
    assignments: Sequence[str],
    signatures: bool,
    explain: str | None,
) -> None:
    """Score PREDICTIONS against references.

    PREDICTIONS holds captions (file_name,caption_predicted), or ranked lists of a retrieval system
    (caption,file_name_1,...,file_name_10), which get R@1, R@5, R@10 and mAP@10.
    """
    if is_top_list(predictions):
        _score_lists(predictions, references, json_path)
        return
    selection = select(metric_names(metrics), manager.load().registries.metrics)
    matched = match(read_predictions(predictions), read_references(references), partial)
    if explain is not None:
        click.echo(explain_clip(matched, explain))
        return
    settings = metric_settings(assignments, selection.specs)
    report = score_items(
        matched.ids,
        matched.candidates,
        matched.references,
        selection.specs,
        engine,
        settings,
        resamples if ci else 0,
        seed,
    )
    for caution in (*matched.cautions, *report.cautions):
        click.echo(f"caution: {caution}", err=True)
    report = replace(report.only(selection.outputs), cautions=(*matched.cautions, *report.cautions))
    if items_path is not None:
        write_items(items_path, report)
    _print_json(json_path, report.to_json())
    if json_path != "-":
        click.echo(table(report, selection, signatures))


def _score_lists(predictions: Path, references: Path, json_path: str | None) -> None:
    read = read_references(references)
    for caution in read.cautions:
        click.echo(f"caution: {caution}", err=True)
    found = score_lists(predictions, read)
    queries = len(next(iter(found.values())).items or ())
    content = {
        "scores": {name: score.corpus for name, score in found.items()},
        "signatures": {name: {"metric": name, **score.signature} for name, score in found.items()},
        "items": queries,
    }
    _print_json(json_path, content)
    if json_path != "-":
        rows = [[name, f"{score.corpus:.4f}"] for name, score in found.items()]
        click.echo(columns(["metric", "score"], rows, right=(1,)))
        click.echo(f"{queries} queries; recall_at_k is the official (hit-rate) form")


def metric_names(text: str | None) -> list[str] | None:
    """Return the names in `a,b,c`; None for no text."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


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
            raise UserError(f"--set wants METRIC.KEY=VALUE, e.g. sbert.model=all-MiniLM-L6-v2; got {text!r}")
        if name not in {spec.name for spec in specs}:
            raise UserError(f"--set {text}: the metric {name!r} is not computed; add it with --metrics")
        try:
            settings.setdefault(name, {})[option] = parse_json(value)
        except ValueError:
            settings.setdefault(name, {})[option] = value
    return settings


def table(report: ScoreReport, selection: Selection, signatures: bool = False) -> str:
    """Return the scores as text: a line a score, then what all signatures share."""
    descriptive = {name for spec in selection.specs if not spec.ranked for name in spec.outputs}
    shared, own = split_short({name: score.signature for name, score in report.scores.items()}, signatures)
    header = ["metric", "score"]
    header += ["95 % interval"] if report.intervals else []
    header += ["largest difference (corpus / item)"] if report.differences else []
    rows = []
    for name, value in report.scores.items():
        row = [name, f"{value.corpus:.2f}" if name in descriptive else f"{value.corpus:.4f}"]
        row += [_interval(report, name)] if report.intervals else []
        row += [_difference(report, name)] if report.differences else []
        rows.append([*row, own[name]])
    text = columns([*header, "signature"], rows, right=(1,))
    notes = [shared] if shared else []
    if any(interval.of_item_mean for interval in report.intervals.values()):
        notes.append("* interval of the mean over clips, which is not this metric's corpus score")
    return "\n".join([text, *notes])


def _interval(report: ScoreReport, name: str) -> str:
    interval = report.intervals.get(name)
    return f"{interval.low:.4f} - {interval.high:.4f}{'*' * interval.of_item_mean}" if interval else ""


def _difference(report: ScoreReport, name: str) -> str:
    found = report.differences.get(name)
    if found is None:
        return "no reference engine"
    item = "" if found.item is None else f" / {found.item:.1e}" + (f" ({found.clip})" if found.item else "")
    return f"{found.corpus:.1e}{item}"


def _print_json(target: str | None, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    if target == "-":
        click.echo(text)
    elif target is not None:
        write_text(Path(target), text + "\n")


def explain_clip(matched: Matched, clip: str) -> str:
    """Return the SPICE tuples of one clip's candidate and references as text.

    Raises:
        UserError: the clip is not among the matched ones.
    """
    if clip not in matched.ids:
        from aacbench.errors import unknown_name

        raise unknown_name("clip", clip, matched.ids[:2000])
    row = matched.ids.index(clip)
    from aacbench.metrics.spice.metric import explanation

    return explanation(matched.candidates[row], matched.references[row])
