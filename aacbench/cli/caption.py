"""`aacbench caption`."""

from __future__ import annotations

from pathlib import Path

import click

from aacbench.cli.options import cache_limit_option, device_option, run_option
from aacbench.cli.outputs import name_broken
from aacbench.cli.paths import UserPath


@click.command()
@click.argument("files", nargs=-1, required=True, type=UserPath())
@run_option
@device_option
@cache_limit_option
def caption(files: tuple[Path, ...], run_folder: Path, device: str) -> None:
    """Caption audio FILES with the system that RUN trained; one line a file.

    Files that cannot be read are named at the end, with exit code 2; the others are captioned. `aacbench predict`
    takes folders, too, and writes a file that `aacbench score` reads.
    """
    from aacbench.host import manager
    from aacbench.runs.captioned import caption_files

    broken = []
    for path, said in caption_files(files, run_folder, manager.load().registries, device):
        if isinstance(said, str):
            click.echo(f"{path}\t{said}")
        else:
            broken.append(said)
    name_broken(broken)
