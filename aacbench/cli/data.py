"""`aacbench data`: look at a dataset (`check`), write it into tar shards (`pack`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aacbench.cli.options import data_dir_option, json_flag
from aacbench.cli.paths import UserPath
from aacbench.cli.tables import show, table_options, write_out
from aacbench.errors import counted
from aacbench.runtime.tables import Column, Format, Table, Value

if TYPE_CHECKING:
    from aacbench.contracts import Dataset

COLUMNS = (
    Column("split"), Column("clips", right=True), Column("hours", form=".2f"), Column("shortest", "shortest s", ".1f"),
    Column("longest", "longest s", ".1f"), Column("rates", "sample rates"), Column("captions", right=True),
    Column("words", "words a caption", ".1f"), Column("vocabulary_size", "vocabulary size", right=True),
)  # fmt: skip


@click.group()
def data() -> None:
    """Look at a dataset, or write it into tar shards."""


def _dataset_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--dataset-set", multiple=True, metavar="NAME=VALUE", help="A dataset's own setting."),
        click.option("--dataset-version", help="The dataset's version."),
        data_dir_option,
        click.argument("dataset"),
    ):
        command = option(command)
    return command


@data.command()
@_dataset_options
@json_flag
@table_options
def check(
    dataset: str,
    data_dir: Path | None,
    dataset_version: str | None,
    dataset_set: tuple[str, ...],
    as_json: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Read all clips of DATASET and say what is odd: unreadable, silent, clipped or doubled audio, strange captions."""
    from aacbench.datasets.check import check as look

    opened = _opened(dataset, data_dir, dataset_version, dataset_set)
    report = look(opened)
    if as_json:
        write_out(json.dumps(report, indent=2, ensure_ascii=False), output)
    else:
        show(_table(report), form, output)


@data.command()
@_dataset_options
@click.option("--to", "folder", required=True, type=UserPath(), help="Folder for the shards.")
@click.option("--clips", default=1000, show_default=True, type=click.IntRange(min=1), help="Clips in a shard.")
def pack(
    dataset: str,
    data_dir: Path | None,
    dataset_version: str | None,
    dataset_set: tuple[str, ...],
    folder: Path,
    clips: int,
) -> None:
    """Write the clips of DATASET, with captions and sources, into tar shards in the layout of WebDataset.

    `--dataset csv-captions --data-dir FOLDER` reads them, without unpacking; other datasets find their clips in them.
    """
    from aacbench.datasets.pack import pack as write

    opened = _opened(dataset, data_dir, dataset_version, dataset_set)
    shards = write(opened, folder.expanduser(), clips)
    click.echo(f"{counted(len(shards), 'shard is', 'shards are')} in {folder}")


def _opened(name: str, data_dir: Path | None, version: str | None, settings: tuple[str, ...]) -> Dataset:
    from aacbench.contracts import DatasetOptions
    from aacbench.host import manager
    from aacbench.runs.settings import assignments, flat

    options = DatasetOptions(data_dir, version, flat(assignments(settings)))
    return manager.load().registries.dataset(name, options)


def _table(report: dict[str, Any]) -> Table:
    rows: list[list[Value]] = []
    notes = []
    for name, split in report["splits"].items():
        if "error" in split:
            notes.append(f"{name}: {split['error']}")
            continue
        rates = ", ".join(f"{rate} Hz: {count}" for rate, count in split["rates"].items())
        mean = split["words"] / split["captions"] if split["captions"] else 0.0
        hours = split["seconds"] / 3600
        shape: list[Value] = [split["clips"], hours, split["shortest"], split["longest"], rates]
        rows.append([name, *shape, split["captions"], mean, split["vocabulary_size"]])
        for kind, count in split["counts"].items():
            few: list[str] = split["problems"][kind]
            named = ", ".join([*map(repr, few), *(["..."] if count > len(few) else [])])
            notes.append(f"{name}: {counted(count, 'clip')}: {kind} ({named})")
    title = f"{report['dataset']} {report['version']}"
    return Table(COLUMNS, rows, title, [*notes, *report["leaks"], *report["notes"]])
