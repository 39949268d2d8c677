"""`aacbench new-plugin`."""

from __future__ import annotations

from pathlib import Path

import click

from aacbench.cli.paths import UserPath
from aacbench.host import scaffold


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice([*scaffold.KINDS]), default="method", show_default=True, help="What it brings."
)
@click.option("--output", type=UserPath(), default=Path(), help="Where its folder is made.")
def new_plugin(name: str, kind: str, output: Path) -> None:
    """Write a small, complete plugin package called NAME, with tests that pass: start from there."""
    folder = scaffold.new_plugin(name, kind, output)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        click.echo(path)
    click.echo(f"next: pip install -e {folder}, then python -m pytest {folder}, then aacbench plugins")
