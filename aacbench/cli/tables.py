"""How commands print tables: the options `--format` and `--output`, and the one way to the terminal or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from aacbench.cli.paths import OutputFile
from aacbench.runtime.tables import DATA, FORMATS, Format, Table, render, render_all

Command = TypeVar("Command", bound=Callable[..., Any])

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="plain",
    show_default=True,
    metavar="|".join(FORMATS),
    help="How the table is written.",
)
output_option = click.option("--output", "-o", type=OutputFile(), help="Write the table to this file.")


def table_options(command: Command) -> Command:
    """Add `--format` and `--output`; the command takes them as `form` and `output`."""
    return format_option(output_option(command))


def show(tables: Table | Mapping[str, Table], form: Format = "plain", output: Path | None = None) -> None:
    """Print a table, or several by name, or write them to `output`.

    What a table of data has no place for goes to standard error.

    Raises:
        UserError: the file cannot be written.
    """
    text = render(tables, form) if isinstance(tables, Table) else render_all(tables, form)
    write_out(text, output)
    if form in DATA:
        for table in [tables] if isinstance(tables, Table) else tables.values():
            for note in filter(None, table.notes):
                click.echo(note, err=True)


def write_out(text: str, output: Path | None) -> None:
    """Print text, or write it to `output`.

    Raises:
        UserError: the file cannot be written.
    """
    if output is None:
        click.echo(text)
        return
    from aacbench.scoring.report import write_text

    write_text(output, text + "\n")
