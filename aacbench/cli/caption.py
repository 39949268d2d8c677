"""`aacbench caption`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--run", "run_folder", required=True, type=click.Path(path_type=Path), help="Folder of a finished run.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
def caption(files: tuple[Path, ...], run_folder: Path, device: str) -> None:
    """Caption audio FILES with the system that RUN trained; one line a file.

    Files that cannot be read are named at the end, with exit code 2; the others are captioned.
    """
    from aacbench.audio.io import info
    from aacbench.errors import UserError
    from aacbench.host import manager
    from aacbench.runs.reopen import open_run, stored_run
    from aacbench.types import Clip

    registries = manager.load().registries
    stored_run(run_folder, registries, "captioning")  # before files are read
    readable: list[Path] = []
    complaints: list[UserError] = []
    for path in files:
        try:  # before the network is loaded
            info(path)
        except UserError as error:
            complaints.append(error)
        else:
            readable.append(path)
    if readable:
        captioner = open_run(run_folder, registries, device)
        clips = [Clip(path.name, path) for path in readable]
        for path, text in zip(readable, captioner.caption(clips), strict=True):
            click.echo(f"{path}\t{text}")
    for complaint in complaints:
        click.echo(f"aacbench: {complaint}", err=True)
    if complaints:
        sys.exit(2)
