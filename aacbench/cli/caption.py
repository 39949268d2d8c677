"""`aacbench caption`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--run", "run_folder", required=True, type=click.Path(path_type=Path), help="Folder of a finished run.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
def caption(files: tuple[Path, ...], run_folder: Path, device: str) -> None:
    """Caption audio FILES with the system that RUN trained; one line a file."""
    from aacbench import plugins
    from aacbench.audio import info
    from aacbench.run import open_run
    from aacbench.types import Clip

    for path in files:
        info(path)  # a clear error for a missing or broken file before the network is loaded
    captioner = open_run(run_folder, plugins.load().registries, device)
    clips = [Clip(path.name, path) for path in files]
    for path, text in zip(files, captioner.caption(clips), strict=True):
        click.echo(f"{path}\t{text}")
