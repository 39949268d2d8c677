"""`aacbench run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aacbench.cli import guarded
from aacbench.cli.completion import parts, variants
from aacbench.cli.options import SEED, cache_limit_option, device_option, metrics_option
from aacbench.cli.paths import UserPath
from aacbench.cli.tables import format_option
from aacbench.errors import UserError, unknown_name
from aacbench.runtime.tables import Format

if TYPE_CHECKING:
    from aacbench.runs.resolve import RunRequest

CONFIG = "aacbench.config"  # where the context keeps the settings that a file names


def _read_config(context: click.Context, option: click.Parameter, path: Path | None) -> None:
    """Make what a file says of the run the defaults of the other options."""
    if path is None or context.resilient_parsing:
        return
    from aacbench.runs.config import TABLE, read_config

    named, settings = read_config(path)
    options = {str(one.name): one for one in context.command.params if one.name not in ("config", "more", "changes")}
    defaults = {}
    for name, value in named.items():
        if name not in options:
            raise unknown_name(f"key of [{TABLE}] in {path}", name, options)
        several = isinstance(options[name], click.Option) and options[name].multiple
        defaults[name] = [value] if several and not isinstance(value, list) else value
    context.default_map = {name: value for name, value in defaults.items() if value is not None}
    context.meta[CONFIG] = settings


config_option = click.option(
    "--config",
    type=UserPath(),
    metavar="RUN.toml",
    is_eager=True,
    expose_value=False,
    callback=_read_config,
    help="A run from a file, such as a run's settings.toml; other options change it.",
)
output_option = click.option(
    "--output",
    "-o",
    type=UserPath(),
    default=Path("runs"),
    show_default=True,
    help="Where run folders are made.",
)


@click.command()
@click.argument("more", nargs=-1, metavar="[METHOD]", shell_complete=parts("methods"))
@click.option(
    "--method", shell_complete=parts("methods"), help="A method; `aacbench list methods` names them. Or simply METHOD."
)
@config_option
@click.option(
    "--dataset",
    "-d",
    shell_complete=parts("datasets"),
    help="A dataset; default: the embedded one. `aacbench list datasets`.",
)
@click.option("--variant", shell_complete=variants, help="A variant of the method; the first one by default.")
@click.option(
    "--encoder",
    shell_complete=parts("encoders"),
    help="An encoder, where the method takes any; `aacbench list encoders`.",
)
@click.option(
    "--decoder",
    shell_complete=parts("decoders"),
    help="A decoder, where the method takes any; `aacbench list decoders`.",
)
@click.option(
    "--pretraining",
    shell_complete=parts("pretraining"),
    help="What the encoder learns first, or none; `aacbench list pretraining`.",
)
@click.option("--pretrained", metavar="PATH|NAME", help="Weights the encoder starts from: a run, a file, or a name.")
@click.option("--members", multiple=True, metavar="RUN ...", help="Folders of finished runs, for --method ensemble.")
@click.option(
    "--trust-remote-code",
    is_flag=True,
    help="Run code that the model's repository brings, of a commit that you have read.",
)
@click.option("--preset", default="quick", show_default=True, help="smoke, quick or paper.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Seed of everything random.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change a setting; may be repeated.")
@click.option(
    "--data-dir",
    multiple=True,
    metavar="[NAME=]DIR",
    help="Where the dataset lies; NAME=DIR for another one that the run opens, such as a part of a mix.",
)
@click.option("--dataset-version", help="The dataset's version, such as v1 or v2.1.")
@click.option("--dataset-set", multiple=True, metavar="KEY=VALUE", help="Change a setting of the dataset.")
@click.option("--split", default="evaluation", show_default=True, help="The split of the dataset that is scored.")
@metrics_option
@click.option("--metric-set", multiple=True, metavar="METRIC.KEY=VALUE", help="Change a setting of a metric.")
@output_option
@click.option("--resume/--fresh", default=True, help="Go on from what is there, or start anew.")
@device_option
@click.option("--track", multiple=True, metavar="NAME", help="Log to a tracker, too: tensorboard, wandb, mlflow, ...")
@click.option("--track-set", multiple=True, metavar="NAME.KEY=VALUE", help="Change a setting of a tracker.")
@click.option("--processes", type=click.IntRange(1), help="Share the work among N processes, each with its own GPU.")
@cache_limit_option
@click.option("--energy", is_flag=True, help="Measure the energy of stages and decoding in kWh (aacbench[energy]).")
@click.option("--dry-run", is_flag=True, help="Say what would be run, read, downloaded and written; run nothing.")
@format_option
@click.pass_context
def run(
    context: click.Context,
    /,
    more: tuple[str, ...],
    method: str | None,
    processes: int | None,
    dry_run: bool,
    form: Format,
    **named: Any,
) -> None:
    """Train METHOD on DATASET, decode its evaluation split, score it and write a record.

    The same command goes on from where a killed run stopped, and shows the result of a finished one.
    """
    if method is None and not more:
        raise click.UsageError("name a method: `aacbench run METHOD`; `aacbench list methods` names them")
    method, more = (more[0], more[1:]) if method is None else (method, more)
    request = _request(method, more, context.meta.get(CONFIG, {}), **named)
    if dry_run:
        from aacbench.cli.dry_run import show_dry_run

        show_dry_run(request, processes, form)
        return
    from aacbench.runtime.distributed.launch import launch
    from aacbench.runtime.distributed.process_group import announced

    share = partial(_share, request, form)
    if processes is None or processes == announced().count:
        share()
    elif announced().count > 1:
        raise UserError(f"torchrun started {announced().count} processes; leave out --processes {processes}")
    else:
        raise click.exceptions.Exit(launch(partial(guarded, share), processes))


def _request(
    method: str,
    more: tuple[str, ...],
    settings: Mapping[str, Any],
    *,
    dataset: str | None,
    variant: str | None,
    encoder: str | None,
    decoder: str | None,
    pretraining: str | None,
    pretrained: str | None,
    members: tuple[str, ...],
    trust_remote_code: bool,
    preset: str,
    seed: int,
    changes: tuple[str, ...],
    data_dir: tuple[str, ...],
    dataset_version: str | None,
    dataset_set: tuple[str, ...],
    split: str,
    metrics: list[str] | None,
    metric_set: tuple[str, ...],
    output: Path,
    resume: bool,
    device: str,
    track: tuple[str, ...],
    track_set: tuple[str, ...],
    energy: bool,
) -> RunRequest:
    """Return what is asked for; names are checked before torch is loaded."""
    from aacbench.host import manager

    registries = manager.load().registries
    spec = registries.methods[method]
    data = registries.datasets[registries.default_dataset if dataset is None else dataset]
    from aacbench.contracts import DatasetOptions, outline
    from aacbench.contracts.datasets import folders_by_name
    from aacbench.runs.overrides import check_parts, named_parts

    if more and not members and "members" not in outline(spec).settings.model_fields:
        raise click.UsageError(f"Got unexpected extra argument ({more[0]})")
    parts = named_parts(registries, encoder, decoder, pretraining, [*members, *more], trust_remote_code)
    from aacbench.runs.resolve import RunRequest, as_registered
    from aacbench.runs.settings import assignments, flat, merge

    check_parts(spec, parts)
    if pretrained is not None:
        from aacbench.models.published import pretrained_setting

        parts = merge(parts, pretrained_setting(spec, pretrained))
    folder, others = folders_by_name(data_dir)
    request = RunRequest(
        method=spec.name,
        dataset=data.name,
        variant=variant,
        preset=preset,
        seed=seed,
        changes=merge(merge(settings, parts), assignments(changes)),
        options=DatasetOptions(folder, dataset_version, flat(assignments(dataset_set)), others),
        output=output,
        device=device,
        fresh=not resume,
        metrics=metrics,
        split=split,
        track=track,
        track_settings=assignments(track_set),
        metric_settings=assignments(metric_set),
        energy=energy,
    )
    return as_registered(request, registries)


def _share(request: RunRequest, form: Format) -> None:
    """Do this process's part of a run; the first one shows what came of it."""
    from aacbench.cli.record_table import show_record
    from aacbench.host import manager
    from aacbench.runs.execute import run as run_request
    from aacbench.runtime.distributed.process_group import is_rank_zero, together

    with together(request.device) as device:
        record, folder = run_request(replace(request, device=device), manager.load().registries)
        if is_rank_zero():
            show_record(record, folder, form)
