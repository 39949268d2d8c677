"""`aacbench show`: what a part is, each of its settings, and what it wants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from aacbench.cli.completion import any_part
from aacbench.cli.tables import show as show_tables
from aacbench.cli.tables import table_options, write_out
from aacbench.runtime.tables import Cell, Column, Format, Table, Value


@click.command()
@click.argument("name", shell_complete=any_part)
@click.option("--kind", metavar="KIND", help="Its kind, where parts of two kinds have one name: method, metric, ...")
@click.option("--preset", metavar="NAME", help="Show the settings of this preset of a method; else the paper's.")
@click.option("--variant", metavar="NAME", help="Show the settings of this variant of a method; else the first one's.")
@table_options
def show(
    name: str, kind: str | None, preset: str | None, variant: str | None, form: Format, output: Path | None
) -> None:
    """Show the method, dataset, metric, encoder, decoder or pretraining called NAME.

    Every setting stands with its type, its value, its default and one line of doc.
    """
    from aacbench.host import manager
    from aacbench.host.describe import describe_part

    known = describe_part(manager.load(), name, kind, preset, variant)
    if form == "json":
        write_out(json.dumps(known, indent=2, ensure_ascii=False, default=str), output)
    else:
        show_tables(_tables(known), form, output)


def _tables(known: dict[str, Any]) -> dict[str, Table]:
    about = {**known["about"]}
    wants = {f"wants, at {preset}": text for preset, text in about.pop("hardware", {}).items()}
    facts = {key: known[key] for key in ("kind", "name", "summary", "plugin")} | about | wants
    if "presets" in known:
        facts["presets"] = known["presets"]
    tables = {"part": Table([Column("fact"), Column("value")], [[key, _cell(value)] for key, value in facts.items()])}
    if known.get("variants"):
        columns = [Column(key) for key in ("variant", "summary", "table", "row")]
        rows = [[one["name"], one["summary"], one["table"], one["row"]] for one in known["variants"]]
        tables["variants"] = Table(columns, rows)
    if known["settings"]:
        keys = ("name", "type", "value", "default", "doc")
        columns = [Column(key, "setting" if key == "name" else key) for key in keys]
        tables["settings"] = Table(columns, [[_cell(one[key]) for key in keys] for one in known["settings"]])
    if known["requires"]:
        tables["requires"] = _requires(known["requires"])
    return tables


def _requires(wanted: list[dict[str, Any]]) -> Table:
    from aacbench.files.download.disk import human

    rows: list[list[Value]] = []
    for one in wanted:
        size = Cell(one["size"], human(one["size"]) if one["size"] else "")
        rows.append([one["what"], size, Cell(one["here"], one["here"] or "not here")])
    return Table([Column("requires"), Column("size", right=True), Column("here")], rows)


def _cell(value: Any) -> Value:
    """Return any plain value as a cell; none is written as `--set` takes it."""
    if isinstance(value, bool):
        return Cell(value, str(value).lower())
    if isinstance(value, str | int | float):
        return value
    return Cell(value, "none" if value is None else json.dumps(value, ensure_ascii=False, default=str))
