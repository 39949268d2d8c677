"""`aacbench run`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aacbench.cli import guarded
from aacbench.errors import UserError

if TYPE_CHECKING:
    from aacbench.runs.record import RunRecord
    from aacbench.runs.resolve import RunRequest


@click.command()
@click.option("--method", required=True, help="A method; `aacbench list methods` names them.")
@click.option("--dataset", default="soundscapes", show_default=True, help="A dataset; `aacbench list datasets`.")
@click.option("--variant", help="A variant of the method; the first one by default.")
@click.option("--encoder", help="An encoder, where the method takes any; `aacbench list encoders`.")
@click.option("--decoder", help="A decoder, where the method takes any; `aacbench list decoders`.")
@click.option("--pretraining", help="What the encoder learns first, or none; `aacbench list pretraining`.")
@click.option("--pretrained", metavar="PATH|NAME", help="Weights the encoder starts from: a run, a file, or a name.")
@click.option("--members", multiple=True, metavar="RUN ...", help="Folders of finished runs, for --method ensemble.")
@click.argument("more", nargs=-1, metavar="")
@click.option("--preset", default="quick", show_default=True, help="smoke, quick or paper.")
@click.option("--seed", default=0, show_default=True, help="Seed of everything random.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where the dataset lies.")
@click.option("--dataset-version", help="The dataset's version, such as v1 or v2.1.")
@click.option("--dataset-set", multiple=True, metavar="KEY=VALUE", help="Change a setting of the dataset.")
@click.option("--metrics", help="Metrics by name, separated by commas; all default ones otherwise.")
@click.option("--metric-set", multiple=True, metavar="METRIC.KEY=VALUE", help="Change a setting of a metric.")
@click.option("--output", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option("--resume/--fresh", default=True, help="Go on from what is there, or start anew.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
@click.option("--track", multiple=True, metavar="NAME", help="Log to a tracker, too: tensorboard, wandb, mlflow, ...")
@click.option("--track-set", multiple=True, metavar="NAME.KEY=VALUE", help="Change a setting of a tracker.")
@click.option("--processes", type=click.IntRange(1), help="Share the work among N processes, each with its own GPU.")
def run(
    method: str,
    dataset: str,
    variant: str | None,
    encoder: str | None,
    decoder: str | None,
    pretraining: str | None,
    pretrained: str | None,
    members: tuple[str, ...],
    more: tuple[str, ...],
    preset: str,
    seed: int,
    changes: tuple[str, ...],
    data_dir: Path | None,
    dataset_version: str | None,
    dataset_set: tuple[str, ...],
    metrics: str | None,
    metric_set: tuple[str, ...],
    output: Path,
    resume: bool,
    device: str,
    track: tuple[str, ...],
    track_set: tuple[str, ...],
    processes: int | None,
) -> None:
    """Train METHOD on DATASET, decode its evaluation split, score it and write a record.

    The same command goes on from where a killed run stopped, and shows the result of a finished one.
    """
    from aacbench.host import manager

    registries = manager.load().registries
    spec, _ = registries.methods[method], registries.datasets[dataset]  # names are checked before torch is loaded
    if more and not members:
        raise click.UsageError(f"Got unexpected extra argument ({more[0]})")
    from aacbench.contracts import DatasetOptions
    from aacbench.runs.overrides import check_parts, named_parts

    parts = named_parts(registries, encoder, decoder, pretraining, [*members, *more])
    from aacbench.runs.resolve import RunRequest
    from aacbench.runs.settings import assignments, flat, merge

    check_parts(spec, parts)
    if pretrained is not None:
        from aacbench.models.published import pretrained_setting

        parts = merge(parts, pretrained_setting(spec, pretrained))
    options = flat(assignments(dataset_set))
    request = RunRequest(
        method=method,
        dataset=dataset,
        variant=variant,
        preset=preset,
        seed=seed,
        changes=merge(parts, assignments(changes)),
        options=DatasetOptions(data_dir, dataset_version, options),
        output=output,
        device=device,
        fresh=not resume,
        metrics=[name.strip() for name in metrics.split(",")] if metrics else None,
        track=track,
        track_settings=assignments(track_set),
        metric_settings=assignments(metric_set),
    )
    from aacbench.runtime.distributed.launch import launch
    from aacbench.runtime.distributed.process_group import announced

    if processes is None or processes == announced().count:
        _share(request)
    elif announced().count > 1:
        raise UserError(f"torchrun started {announced().count} processes; leave out --processes {processes}")
    else:
        raise click.exceptions.Exit(launch(partial(guarded, partial(_share, request)), processes))


def _share(request: RunRequest) -> None:
    """Do this process's part of a run; the first one shows what came of it."""
    from aacbench.host import manager
    from aacbench.runs.execute import run as run_request
    from aacbench.runtime.distributed.process_group import is_rank_zero, together

    with together(request.device) as device:
        record, folder = run_request(replace(request, device=device), manager.load().registries)
        if is_rank_zero():
            show(record, folder)


def show(record: RunRecord, folder: Path) -> None:
    """Print the record's scores as a table."""
    from rich.console import Console
    from rich.table import Table

    title = f"{record.method} {record.variant} on {record.data.name} {record.data.version}, seed {record.seed}"
    if record.preset != "quick":
        title += f", preset {record.preset}"
    table = Table()
    table.add_column("metric")
    table.add_column("score", justify="right")
    for name, score in record.scores.items():
        table.add_row(name, f"{score.value:.4f}")
    console = Console()
    evaluated = f"{title} ({record.data.clips['evaluation']} clips)"
    console.print(evaluated, highlight=False, markup=False, soft_wrap=True)  # a table's title would break at its width
    console.print(table)
    seconds = ", ".join(f"{stage.name} {stage.seconds:.0f} s" for stage in record.stages)
    console.print(f"{seconds + ', ' if seconds else ''}decoding {record.decoding_seconds:.0f} s", highlight=False)
    for note in record.data.notes:
        console.print(f"note: {note}", highlight=False, markup=False)
    console.print(f"record: {folder / 'record.json'}", highlight=False, markup=False, soft_wrap=True)
