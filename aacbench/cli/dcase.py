"""`aacbench dcase pack` and `aacbench dcase check`: what is handed in to the DCASE challenge."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aacbench.cli.paths import UserPath
from aacbench.leaderboard.challenge.layout import TASKS, Task

_File = UserPath()


@click.group()
def dcase() -> None:
    """Pack systems for the DCASE challenge, and check such a package."""


@dcase.command()
@click.argument("systems", nargs=-1, required=True, metavar="RUN|PREDICTIONS...", type=_File)
@click.option("--task", type=click.Choice(TASKS), required=True, help="What the systems do.")
@click.option("--label", required=True, metavar="NAME_INSTITUTE_taskN", help="Their label, without the number.")
@click.option("--meta", type=_File, help="A YAML file that describes the systems, as for `leaderboard add`.")
@click.option("--report", type=_File, help="The technical report, a PDF.")
@click.option("--output", "-o", type=_File, help="The zip; by default LABEL.zip.")
def pack(
    systems: tuple[Path, ...], task: Task, label: str, meta: Path | None, report: Path | None, output: Path | None
) -> None:
    """Write a zip of one to four systems: each one's output as CSV and its description as YAML.

    Systems are folders of finished runs on the challenge's clips, or files of predictions.
    """
    from aacbench.cli.outputs import keep_apart
    from aacbench.host import manager
    from aacbench.leaderboard.challenge.check import check as check_package
    from aacbench.leaderboard.challenge.pack import PackRequest
    from aacbench.leaderboard.challenge.pack import pack as pack_systems

    target = output or Path(f"{label}.zip")
    inputs = {"--meta": meta, "--report": report, **{str(path): path for path in systems}}
    keep_apart({"--output": target}, inputs)
    request = PackRequest(task, systems, label, target, meta, report)
    named = pack_systems(request, manager.load().registries)
    click.echo(f"{target} holds {', '.join(map(str, named))}")
    for problem in check_package(target).problems:
        click.echo(f"to do: {problem}", err=True)


@dcase.command()
@click.argument("package", metavar="ZIP", type=_File)
@click.option("--clips", type=_File, help="A table whose clips (or captions, for retrieval) each output has to hold.")
def check(package: Path, clips: Path | None) -> None:
    """Name what is wrong with a package: layout, descriptions, outputs."""
    from aacbench.errors import UserError, counted
    from aacbench.leaderboard.challenge.check import check as check_package
    from aacbench.leaderboard.challenge.check import wanted_of

    checked = check_package(package, wanted_of(clips) if clips is not None else None)
    for problem in checked.problems:
        click.echo(problem)
    if checked.problems:
        raise UserError(f"{package} has {counted(len(checked.problems), 'problem')}")
    click.echo(f"{package}: {counted(len(checked.systems), 'system')}, nothing wrong")
    sys.exit(0)
