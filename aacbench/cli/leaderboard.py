"""`aacbench leaderboard`: add runs and submissions, verify every record, build the pages, check what they say."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from aacbench.cli.options import SEED
from aacbench.cli.paths import UserPath
from aacbench.contracts import MetricSpec
from aacbench.errors import AacbenchError, UserError, counted
from aacbench.files.download import exclusive
from aacbench.host import manager
from aacbench.leaderboard.pages.build import build as build_pages
from aacbench.leaderboard.pages.build import check as check_pages
from aacbench.leaderboard.pages.build import write_pages
from aacbench.leaderboard.pages.new import NewBoard, new_leaderboard
from aacbench.leaderboard.store import references as sources
from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.changes import Changes
from aacbench.leaderboard.store.free_text import log_line
from aacbench.leaderboard.store.references import References
from aacbench.leaderboard.verification.add import AddRequest
from aacbench.leaderboard.verification.add import add as add_run
from aacbench.leaderboard.verification.put import Added
from aacbench.leaderboard.verification.submit import Submission
from aacbench.leaderboard.verification.submit import submit as submit_predictions
from aacbench.leaderboard.verification.verify import Checked
from aacbench.leaderboard.verification.verify import rescore as rescore_records
from aacbench.leaderboard.verification.verify import verify as verify_records
from aacbench.runtime.progress import progress

PAGES = "pages"  # what the lock is called that one writer of the leaderboard holds
SHOWN = 5  # problems of one record

Folder = UserPath()
Root = click.option(
    "--root", type=Folder, default=Path("leaderboard"), show_default=True, help="The leaderboard's folder."
)
DataDir = click.option("--data-dir", type=Folder, help="Where a dataset that is not shipped lies; captions alone do.")


class _Group(click.Group):
    """Commands whose errors quote records, so that a line of theirs must not be taken for a workflow's command."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except AacbenchError as error:
            if error.args and isinstance(error.args[0], str):
                error.args = (log_line(error.args[0]), *error.args[1:])
            raise


@click.group(cls=_Group)
def leaderboard() -> None:
    """Rank run records and submissions: results as data, pages generated from them."""


@leaderboard.command()
@click.argument("runs", nargs=-1, type=Folder)
@Root
@DataDir
@click.option("--replace", is_flag=True, help="Put it in the place of another with the same name and seed.")
@click.option("--label", help="A name for the settings of a RUN that are not those of its preset.")
@click.option("--predictions", type=Folder, help="A file of captions, or of ranked lists, that was made elsewhere.")
@click.option("--board", help="With --predictions: the board that they are for.")
@click.option("--system", help="With --predictions: what the system is called.")
@click.option("--variant", default="default", show_default=True, help="With --predictions: which of its variants.")
@click.option("--meta", type=Folder, help="With --predictions: a YAML file that describes the system.")
@click.option("--seed", type=SEED, help="With --predictions: the seed it was trained from.")
def add(
    runs: Sequence[Path],
    root: Path,
    data_dir: Path | None,
    replace: bool,
    label: str | None,
    predictions: Path | None,
    board: str | None,
    system: str | None,
    variant: str,
    meta: Path | None,
    seed: int | None,
) -> None:
    """Score predictions again, put them on the board and build its pages: of finished RUNs (folders), or of a system
    that ran elsewhere (--predictions FILE --board BOARD --system NAME). All are added, or none is.
    """
    if (predictions is None) == (not runs):
        raise UserError("wanted finished runs' folders, or --predictions FILE with --board and --system")
    registries = manager.load().registries
    added: list[Added] = []
    with exclusive(root / PAGES), Changes() as changes:
        if predictions is not None:
            if board is None or system is None:
                raise UserError("--predictions wants --board BOARD and --system NAME")
            submission = Submission(root, predictions, board, system, meta, variant, seed, data_dir, replace)
            added.append(submit_predictions(submission, registries, changes))
        for run in runs:
            added.append(add_run(AddRequest(root, run, data_dir, replace, label), registries, changes))
        write_pages(root, changes)
    for one in added:  # said when all are there: one that is refused takes the others along
        _added(one)


def _added(added: Added) -> None:
    _say(f"added {added.entry.path}")
    for warning in added.warnings:
        _say(f"warning: {warning}", err=True)


@leaderboard.command()
@Root
@DataDir
@click.option("--jobs", type=click.IntRange(1), help="Processes; default: one a core.")
@click.option("--predictions", type=Folder, help="A folder with predictions files that a board may not publish.")
def verify(root: Path, data_dir: Path | None, jobs: int | None, predictions: Path | None) -> None:
    """Score every record on the board again; fail on any difference."""
    started = time.monotonic()
    checked = []
    with progress("scoring records", len([*(root / "results").glob("*/*/*.json")])) as bar:
        for one in verify_records(root, metrics, partial(_references, root, data_dir), jobs, predictions):
            checked.append(one)
            bar.update(len(checked))
    _report(checked)
    wrong, unseen = sum(bool(one.problems) for one in checked), sum(one.unseen for one in checked)
    scored = f"{counted(len(checked) - unseen, 'record')} scored again in {time.monotonic() - started:.0f} s"
    _say(f"{scored}: {wrong or 'none'} differ")
    if unseen:
        _say(f"{unseen} not scored again: their predictions are not published; name their folder with --predictions")
    sys.exit(1 if wrong else 0)


@leaderboard.command()
@Root
@DataDir
def rescore(root: Path, data_dir: Path | None) -> None:
    """Score every record anew with the metrics installed, and keep that: after a metric has changed."""
    with exclusive(root / PAGES), Changes() as changes:
        checked = [*rescore_records(root, metrics, partial(_references, root, data_dir), changes)]
        _report(checked)
        _say(f"{counted(len(checked), 'record')} scored, {sum(bool(one.problems) for one in checked)} changed")
        write_pages(root, changes)


@leaderboard.command()
@click.argument("folder", type=Folder)
@click.option("--dataset", required=True, help="What the first board ranks systems on.")
@click.option("--version", help="Of the dataset.")
@click.option("--board", help="The board's id; default: the dataset's name.")
@click.option("--title", help="The board's title.")
@DataDir
def init(
    folder: Path, dataset: str, version: str | None, board: str | None, title: str | None, data_dir: Path | None
) -> None:
    """Make an empty leaderboard of one's own in FOLDER, with a workflow that verifies and publishes it on GitHub."""
    asked = NewBoard(dataset, version, board, title, data_dir)
    with Changes() as changes:
        made = new_leaderboard(folder, asked, manager.load().registries, changes)
    _say(f"made {folder} with the board {made.id}; next: aacbench leaderboard add RUN --root {folder}")


@leaderboard.command()
@click.argument("dataset")
@Root
@click.option("--board", required=True, help="The board whose evaluation clips are looked for.")
@click.option("--version", help="Of DATASET.")
@click.option("--data-dir", type=Folder, help="Where DATASET lies.")
@click.option("--board-data-dir", type=Folder, help="Where the board's own dataset lies, with its audio.")
def overlap(
    dataset: str, root: Path, board: str, version: str | None, data_dir: Path | None, board_data_dir: Path | None
) -> None:
    """Count the board's evaluation clips that DATASET has to learn from, by source and by bytes; keep it on the board.

    The column "Heard" says so of each system that learned from DATASET.
    """
    from aacbench.leaderboard.verification.overlap import OverlapRequest
    from aacbench.leaderboard.verification.overlap import overlap as count_overlap

    request = OverlapRequest(root, board, dataset, version, data_dir, board_data_dir)
    with exclusive(root / PAGES), Changes() as changes:
        found = count_overlap(request, manager.load().registries, changes)
    said = f"{len(found.clips)} of {found.evaluated:,} evaluation clips of {board} are in {dataset}"
    _say(f"{said}: {len(found.by_source)} by source, {len(found.by_audio)} byte for byte")
    if found.unheard:
        _say(f"{found.unheard:,} evaluation clips were not heard: their audio is not here", err=True)


@leaderboard.command()
@Root
def build(root: Path) -> None:
    """Write README.md, index.html and leaderboard.csv from the records."""
    if not root.is_dir():
        raise UserError(f"no leaderboard at {root}; name its folder with --root")
    with exclusive(root / PAGES), Changes() as changes:
        for path in write_pages(root, changes):
            _say(f"wrote {path}")


@leaderboard.command()
@Root
def check(root: Path) -> None:
    """Build in memory; fail if the pages differ from the files, a record is malformed, or a file is out of place."""
    problems = check_pages(root)
    for problem in problems:
        _say(problem, err=True)
    if problems:
        raise UserError(
            f"{counted(len(problems), 'problem')} in {root}; `aacbench leaderboard build` writes the pages anew"
        )
    _say(f"{root}: records well formed, {len(build_pages(root).files)} generated files up to date")


@leaderboard.command()
@Root
@click.option("--output", type=Folder, default=Path("site"), show_default=True)
@click.option("--run", "runs", multiple=True, type=Folder, help="Draw this run's attention too.")
def site(root: Path, output: Path, runs: Sequence[Path]) -> None:
    """Write the page with its sounds and pictures, ready to publish."""
    # Drawing and sounds load torch.
    from aacbench.leaderboard.pages.site import write_site

    count = write_site(root, output, manager.load().registries, runs)
    _say(f"wrote {output / 'index.html'} and {counted(count, 'media file')}")


def metrics() -> list[MetricSpec]:
    """Return the installed metrics."""
    return [*manager.load().registries.metrics]


def _references(root: Path, data_dir: Path | None, board: Board) -> References:
    return sources.references(root, board, manager.load().registries, data_dir)


def _report(checked: Sequence[Checked]) -> None:
    for one in checked:
        for problem in one.problems[:SHOWN]:
            _say(f"{one.name}: {problem}", err=True)
        if len(one.problems) > SHOWN:
            _say(f"{one.name}: and {len(one.problems) - SHOWN} more", err=True)


def _say(text: str, err: bool = False) -> None:
    click.echo(log_line(text), err=err)
