"""`aacbench fetch`: datasets, published weights and what metrics need, each into its place in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext, redirect_stderr
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aacbench.cli.paths import UserPath
from aacbench.runtime.verbosity import quiet

if TYPE_CHECKING:
    from aacbench.host.downloads import Downloadable


@click.command()
@click.argument("name", required=False)
@click.option("--version", help="Version of a dataset; its newest by default.")
@click.option("--data-dir", type=UserPath(), help="Folder to put it in; by default the cache.")
def fetch(name: str | None, version: str | None, data_dir: Path | None) -> None:
    """Download NAME (a dataset, published weights, or what a metric needs); without NAME, list what there is.

    Everything is verified by checksum where one is published; an interrupted download goes on with the same command.
    """
    from aacbench.host import manager
    from aacbench.host.downloads import downloadables, find_downloadable

    registries = manager.load().registries
    if name is None:
        for line in _listing(downloadables(registries)):
            click.echo(line)
        return
    wanted = find_downloadable(name, registries)
    with redirect_stderr(StringIO()) if quiet() else nullcontext():  # what is said on the way
        if wanted.licence:
            click.echo(f"licence: {wanted.licence}", err=True)
        place = wanted.get(data_dir, version)
    click.echo(f"{name} is in {place}")


def _listing(listed: list[Downloadable]) -> Iterator[str]:
    from aacbench.files.cache_dir import home
    from aacbench.files.download.disk import human

    for group, members in groupby(listed, key=lambda one: one.group):
        yield f"{group}:"
        for one in members:
            yield f"  {one.name:<16} {human(one.size) if one.size else '':>8}  {one.summary}"
    yield f"`aacbench fetch NAME` puts them below {home()}; AACBENCH_HOME or --data-dir names another folder"
