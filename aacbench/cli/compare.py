"""`aacbench compare A B`: is one system better than another on the same clips, and on which clips do they
differ?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from aacbench.cli.score import metric_names
from aacbench.cli.tables import columns
from aacbench.errors import unknown_name
from aacbench.host import manager
from aacbench.scoring import ENGINES, select
from aacbench.scoring.files import read_references
from aacbench.scoring.report import write_text
from aacbench.scoring.resampling import Comparison, compare_items
from aacbench.scoring.systems import System, aligned, from_predictions, from_scores

OF_REFERENCES = {"reference_length"}  # the same for both, so only shown where it is asked for


@click.command()
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option("--references", "-r", type=click.Path(path_type=Path), help="Score A and B against these first.")
@click.option("--metrics", "-m", help="Names separated by commas; default: all that both have.")
@click.option("--engine", type=click.Choice(ENGINES[:2]), default="native", show_default=True)
@click.option("--resamples", default=10_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--by", help="Metric that the clips are sorted by; default: spider, else the last one.")
@click.option("--clips", default=5, show_default=True, help="How many of the clips that differ most to show.")
@click.option("--json", "json_path", is_flag=False, flag_value="-", help="Write as JSON; '-' or nothing: print.")
def compare(
    a: Path,
    b: Path,
    references: Path | None,
    metrics: str | None,
    engine: str,
    resamples: int,
    seed: int,
    by: str | None,
    clips: int,
    json_path: str | None,
) -> None:
    """Compare two runs (folders), two tables of per-clip scores, or with --references two predictions files.

    Paired bootstrap and approximate randomisation on per-clip scores; p-values are two-sided, one a metric,
    not corrected for the number of metrics.
    """
    first, second = _systems(a, b, references, metrics, engine)
    names, second = aligned(first, second)
    if metrics is None:
        names = [name for name in names if name not in OF_REFERENCES] or names
    elif references is None:
        names = [_known(name, names) for name in metric_names(metrics) or []]
    found = {name: compare_items(first.scores[name], second.scores[name], resamples, seed) for name in names}
    by = _known(by, names) if by else ("spider" if "spider" in names else names[-1])
    differing = _differing(first, second, by, clips)
    for caution in dict.fromkeys((*first.cautions, *second.cautions)):
        click.echo(f"caution: {caution}", err=True)
    if json_path is not None:
        content = {
            "a": str(a),
            "b": str(b),
            "metrics": {name: asdict(result) for name, result in found.items()},
            "clips": [{"file_name": name, "metric": by, "a": x, "b": y} for name, x, y in differing],
        }
        text = json.dumps(content, indent=2, ensure_ascii=False)
        click.echo(text) if json_path == "-" else write_text(Path(json_path), text + "\n")
    if json_path != "-":
        click.echo(f"A  {a}\nB  {b}\n")
        click.echo(_table(found))
        click.echo(_clips_table(first, second, by, differing))


def _systems(a: Path, b: Path, references: Path | None, metrics: str | None, engine: str) -> tuple[System, System]:
    if references is None:
        return from_scores(a), from_scores(b)
    selection = select(metric_names(metrics), manager.load().registries.metrics)
    wanted = read_references(references)
    first, second = (from_predictions(path, wanted, selection.specs, selection.outputs, engine) for path in (a, b))
    return first, second


def _known(name: str, names: list[str]) -> str:
    if name not in names:
        raise unknown_name("metric", name, names)
    return name


def _differing(a: System, b: System, by: str, limit: int) -> list[tuple[str, float, float]]:
    rows = zip(a.clips, a.scores[by], b.scores[by], strict=True)
    return sorted(rows, key=lambda row: -abs(row[2] - row[1]))[: max(0, limit)]


def _table(found: dict[str, Comparison]) -> str:
    rows = [
        [
            name,
            f"{result.a:.4f}",
            f"{result.b:.4f}",
            f"{result.difference:+.4f}",
            f"{result.low:+.4f} to {result.high:+.4f}",
            f"{result.p_bootstrap:.4f}",
            f"{result.p_randomisation:.4f}",
        ]
        for name, result in found.items()
    ]
    header = ["mean over clips", "A", "B", "B - A", "95 % interval", "p (bootstrap)", "p (randomisation)"]
    first = next(iter(found.values()))
    note = f"{first.items} clips, {first.resamples} resamples; means over clips may differ from corpus scores"
    return f"{columns(header, rows, right=(1, 2, 3, 5, 6))}\n{note}"


def _clips_table(a: System, b: System, by: str, differing: list[tuple[str, float, float]]) -> str:
    if not differing:
        return ""
    lines = [f"\nclips that differ most in {by}:"]
    for clip, mine, theirs in differing:
        lines.append(f"  {clip}  A {mine:.4f}  B {theirs:.4f}")
        lines += [
            f"    {label}: {system.captions[clip]}" for label, system in (("A", a), ("B", b)) if clip in system.captions
        ]
    return "\n".join(lines)
