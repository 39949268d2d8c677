"""`aacbench leaderboard`: add a run, verify every record, build the pages, check that they are what the records say."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError
from aacbench.files.download import exclusive
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build as build_pages
from aacbench.leaderboard.pages.build import check as check_pages
from aacbench.leaderboard.pages.build import write_pages
from aacbench.leaderboard.store import references as sources
from aacbench.leaderboard.store.boards import Board, References
from aacbench.leaderboard.verification.add import add as add_run
from aacbench.leaderboard.verification.verify import Checked
from aacbench.leaderboard.verification.verify import rescore as rescore_records
from aacbench.leaderboard.verification.verify import verify as verify_records
from aacbench.runtime.progress import progress

PAGES = "pages"  # what the lock is called that one writer of the leaderboard holds

Root = click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=Path("leaderboard"),
    show_default=True,
    help="The leaderboard's folder.",
)
DataDir = click.option("--data-dir", type=click.Path(path_type=Path), help="Where a dataset that is not shipped lies.")


@click.group()
def leaderboard() -> None:
    """Rank run records: results as data, pages generated from them."""


@leaderboard.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@Root
@DataDir
@click.option("--replace", is_flag=True, help="Put the run in the place of another with the same name and seed.")
def add(runs: Sequence[Path], root: Path, data_dir: Path | None, replace: bool) -> None:
    """Score the predictions of finished RUNs (folders) again, put them on the board and build its pages."""
    registries = manager.load().registries
    with exclusive(root / PAGES):
        try:
            for run in runs:
                added = add_run(root, run, registries, data_dir, replace)
                click.echo(f"added {added.entry.path}")
                for caution in added.cautions:
                    click.echo(f"caution: {caution}", err=True)
        finally:  # the pages show what was added before a run was refused
            write_pages(root)


@leaderboard.command()
@Root
@DataDir
@click.option("--jobs", type=click.IntRange(1), help="Processes; default: one a core.")
def verify(root: Path, data_dir: Path | None, jobs: int | None) -> None:
    """Score every record on the board again; fail on any difference."""
    started = time.monotonic()
    checked = []
    with progress("scoring records", len([*(root / "results").glob("*/*/*.json")])) as bar:
        for one in verify_records(root, metrics, partial(_references, root, data_dir), jobs):
            checked.append(one)
            bar.update(len(checked))
    _report(checked)
    wrong = sum(bool(one.problems) for one in checked)
    click.echo(f"{len(checked)} records scored again in {time.monotonic() - started:.0f} s: {wrong or 'none'} differ")
    sys.exit(1 if wrong else 0)


@leaderboard.command()
@Root
@DataDir
def rescore(root: Path, data_dir: Path | None) -> None:
    """Score every record anew with the metrics installed, and keep that: after a metric has changed."""
    with exclusive(root / PAGES):
        checked = [*rescore_records(root, metrics, partial(_references, root, data_dir))]
        _report(checked)
        click.echo(f"{len(checked)} records scored, {sum(bool(one.problems) for one in checked)} changed")
        write_pages(root)


@leaderboard.command()
@Root
def build(root: Path) -> None:
    """Write README.md, index.html and leaderboard.csv from the records."""
    if not root.is_dir():
        raise UserError(f"no leaderboard at {root}; name its folder with --root")
    with exclusive(root / PAGES):
        for path in write_pages(root):
            click.echo(f"wrote {path}")


@leaderboard.command()
@Root
def check(root: Path) -> None:
    """Build in memory; fail if the pages differ from the files or a record is malformed."""
    problems = check_pages(root)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise UserError(f"{len(problems)} problems in {root}; `aacbench leaderboard build` writes the pages anew")
    click.echo(f"{root}: records well formed, {len(build_pages(root).files)} generated files up to date")


@leaderboard.command()
@Root
@click.option("--output", type=click.Path(path_type=Path), default=Path("site"), show_default=True)
@click.option("--run", "runs", multiple=True, type=click.Path(path_type=Path), help="Draw this run's attention too.")
def site(root: Path, output: Path, runs: Sequence[Path]) -> None:
    """Write the page with its sounds and pictures, ready to publish."""
    from aacbench.leaderboard.pages.site import write_site

    count = write_site(root, output, manager.load().registries, runs)
    click.echo(f"wrote {output / 'index.html'} and {count} media files")


def metrics() -> list[MetricSpec]:
    """Return the installed metrics."""
    return [*manager.load().registries.metrics]


def _references(root: Path, data_dir: Path | None, board: Board) -> References:
    return sources.references(root, board, manager.load().registries, data_dir)


def _report(checked: Sequence[Checked]) -> None:
    for one in checked:
        for problem in one.problems[:5]:
            click.echo(f"{one.name}: {problem}", err=True)
        if len(one.problems) > 5:
            click.echo(f"{one.name}: and {len(one.problems) - 5} more", err=True)
