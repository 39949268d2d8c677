"""`aacbench export`."""

from __future__ import annotations

from pathlib import Path

import click

from aacbench.cli.paths import UserPath


@click.command()
@click.argument("run_folder", metavar="RUN", type=UserPath())
@click.option("--to", "folder", required=True, type=UserPath(), help="A new folder.", metavar="FOLDER")
@click.option("--push", "repository", metavar="ID", help="Send it to this repository of the Hugging Face hub, too.")
@click.option("--private", is_flag=True, help="Where --push makes the repository, nobody else sees it.")
def export(run_folder: Path, folder: Path, repository: str | None, private: bool) -> None:
    """Write the finished RUN as a folder of its own: weights, settings, vocabulary, scores, and a model card.

    `caption`, `predict` and `search` take the folder as --run, and `run` as --pretrained. It holds no paths of this
    machine in its settings, and needs neither RUN nor the cache.
    """
    from aacbench.host import manager
    from aacbench.runs.export.folder import export_run
    from aacbench.runs.export.push import check_id, push

    if private and repository is None:
        raise click.UsageError("--private is for --push")
    if repository is not None:
        check_id(repository)  # before anything is written
    written = export_run(run_folder.expanduser(), folder.expanduser(), manager.load().registries)
    files = [path for path in written.rglob("*") if path.is_file()]
    click.echo(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, are in {folder}")
    if repository is not None:
        click.echo(push(written, repository, private))
