"""`aacbench topics`: how much of captions is local and global, and a system's recall of the references' topics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aacbench.cli.paths import UserPath
from aacbench.cli.tables import show, table_options, write_out
from aacbench.errors import counted
from aacbench.runtime.tables import Column, Format, Table, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aacbench.analysis.topics import Counts, Recall


@click.command()
@click.argument("file", required=False, type=UserPath())
@click.option("--references", "-r", type=UserPath(), help="A reference file: adds recall by topic.")
@click.option("--dataset", "-d", help="Count a dataset's captions instead of a file's.")
@click.option("--split", default="evaluation", show_default=True, help="The dataset's split.")
@click.option("--data-dir", type=UserPath(), help="Where the dataset lies.")
@click.option("--dataset-version", help="The dataset's version.")
@click.option("--top", default=8, show_default=True, type=click.IntRange(min=1), help="Frequent words to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@table_options
def topics(
    file: Path | None,
    references: Path | None,
    dataset: str | None,
    split: str,
    data_dir: Path | None,
    dataset_version: str | None,
    top: int,
    as_json: bool,
    form: Format,
    output: Path | None,
) -> None:
    """Count what is local (source, action, property) and global (scene, abstraction) in captions.

    FILE holds predictions or references. With --references, FILE holds predictions, and their recall and precision
    by topic are shown too.
    """
    from aacbench.analysis.topics import count
    from aacbench.errors import UserError

    if (file is None) == (dataset is None):
        raise UserError(
            "name one file of captions, or a dataset with --dataset; got " + ("both" if file else "neither")
        )
    if dataset is not None:
        if references is not None:
            raise UserError("--references goes with a predictions file, not with --dataset")
        name, captions = f"{dataset} {split}", _dataset(dataset, split, data_dir, dataset_version)
    else:
        assert file is not None
        name, captions = file.name, _captions(file, predictions=references is not None)
    counts = count(captions, top)
    recalled = _recall(file, references) if file is not None and references is not None else {}
    if as_json:
        parts = {"recall": {topic: _row(row) for topic, row in recalled.items()}} if recalled else {}
        write_out(json.dumps({"captions_of": name, **counts.summary(), **parts}, indent=2, ensure_ascii=False), output)
    else:
        show(_table(name, counts, recalled), form, output)


def _captions(file: Path, predictions: bool) -> list[str]:
    """Return the captions of a predictions file, or of a reference file where it is none."""
    from aacbench.errors import UserError
    from aacbench.scoring.files import read_predictions, read_references

    if predictions:
        return list(read_predictions(file).captions.values())
    try:
        return [caption for captions in read_references(file).captions.values() for caption in captions]
    except UserError as error:
        try:
            return list(read_predictions(file).captions.values())
        except UserError:
            raise error from None


def _dataset(name: str, split: str, data_dir: Path | None, version: str | None) -> list[str]:
    from aacbench.contracts import CaptionSource, DatasetOptions
    from aacbench.errors import UserError
    from aacbench.host import manager

    dataset = manager.load().registries.dataset(name, DatasetOptions(data_dir, version))
    if isinstance(dataset, CaptionSource):
        rows = list(dataset.captions_by_id(split).values())
    else:
        rows = [clip.captions for clip in dataset.clips(split)]
    captions = [caption for row in rows for caption in row]
    if not captions:
        raise UserError(f"the clips of {name} {split} have no captions")
    return captions


def _recall(file: Path, references: Path) -> Mapping[str, Recall]:
    from aacbench.analysis.topics import recall
    from aacbench.scoring.files import read_predictions, read_references
    from aacbench.scoring.match import match

    matched = match(read_predictions(file), read_references(references))
    for caution in matched.warnings:
        click.echo(f"warning: {caution}", err=True)
    return recall(list(matched.candidates), list(matched.references))


def _row(row: Recall) -> dict[str, float | int | None]:
    return {name: getattr(row, name) for name in row.__slots__}


def _table(name: str, counts: Counts, recalled: Mapping[str, Recall]) -> Table:
    from aacbench.analysis.topics import GLOBAL, LOCAL, TOPICS

    share = ".3f"
    columns = [Column("topic"), Column("words", right=True), Column("share", form=share)]
    columns.append(Column("captions_with", "captions with", share))
    columns += [Column("recall", form=share), Column("precision", form=share)] if recalled else []
    rows: list[list[Value]] = []
    for topic in (*TOPICS, "local", "global"):
        members = {"local": LOCAL, "global": GLOBAL}.get(topic, (topic,))
        row: list[Value] = [topic, sum(counts.words[member] for member in members), counts.share(members)]
        row.append(counts.captions_with[topic] / counts.captions if topic in TOPICS else None)
        row += [recalled[topic].recall, recalled[topic].precision] if recalled else []
        rows.append([*row, ", ".join(word for word, _ in counts.top.get(topic, ()))])
    unknown = ", ".join(word for word, _ in counts.top_unknown)
    known = f"the lists know {counts.coverage:.1%} of the words that are no function words"
    known += f"; not: {unknown}" if unknown else ""
    title = f"topics of {counted(counts.captions, 'caption')} of {name}"
    return Table([*columns, Column("often", "most often")], rows, title, [known])
