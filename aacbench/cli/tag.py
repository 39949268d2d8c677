"""`aacbench tag`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aacbench.cli.options import cache_limit_option
from aacbench.cli.paths import UserPath


@click.command()
@click.argument("files", nargs=-1, required=True, type=UserPath())
@click.option("--weights", help="Published weights with a tagging head; by default the first ones that were fetched.")
@click.option("--top", default=5, show_default=True, type=click.IntRange(1), help="Tags a file.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@cache_limit_option
def tag(files: tuple[Path, ...], weights: str | None, top: int, device: str) -> None:
    """Print the likeliest tags of audio FILES, each with its probability, from a published encoder.

    YAMNet, the networks of PANNs, AST and CRNN5 know AudioSet's classes. `aacbench fetch NAME` gets their weights and
    the list of their classes. Files that cannot be read are named at the end, with exit code 2; the others are tagged.
    """
    from aacbench.errors import UserError
    from aacbench.host import manager
    from aacbench.inference.tagger import Tagger, choose_weights
    from aacbench.runtime.device import pick_device

    spec, published = choose_weights(manager.load().registries, weights)
    tagger = Tagger(spec, published, pick_device(device))
    complaints: list[UserError] = []
    for path in files:
        try:
            tags = tagger.top(path, top)
        except UserError as error:
            complaints.append(error)
        else:
            click.echo(f"{path}\t" + "\t".join(f"{name} {score:.3f}" for name, score in tags))
    for complaint in complaints:
        click.echo(f"aacbench: {complaint}", err=True)
    if complaints:
        sys.exit(2)
