"""`aacbench sweep`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from aacbench.cli.options import cache_limit_option
from aacbench.cli.paths import UserPath
from aacbench.cli.tables import format_option, show
from aacbench.errors import UserError
from aacbench.runtime.cores import available
from aacbench.runtime.tables import Format

if TYPE_CHECKING:
    from rich.console import Console

    from aacbench.contracts.registry import Registries
    from aacbench.sweep.jobs import Executor
    from aacbench.sweep.schedule import Item
    from aacbench.sweep.settings import Resources, Sweep


@click.command()
@click.argument("file", metavar="SWEEP.toml", type=UserPath())
@click.option("--jobs", type=click.IntRange(1), help="Runs at once; by default what [resources] leaves room for.")
@click.option("--ray", metavar="ADDRESS", help="Run on this Ray cluster: HOST:PORT, auto, or local to start one here.")
@click.option("--slurm", metavar="KEY=VALUE,...", help="Run as Slurm jobs, such as partition=gpu,time=4h.")
@click.option("--track", multiple=True, metavar="NAME", help="Log every run to a tracker: tensorboard, wandb, ...")
@cache_limit_option
@click.option("--dry-run", is_flag=True, help="List the runs with where they stand; start none.")
@click.option("--replace", is_flag=True, help="Run again what lies there with other settings.")
@format_option
def sweep(
    file: Path,
    jobs: int | None,
    ray: str | None,
    slurm: str | None,
    track: tuple[str, ...],
    dry_run: bool,
    replace: bool,
    form: Format,
) -> None:
    """Run what is missing of methods x variants x datasets x seeds, and sum it up over seeds.

    The same command goes on where a killed sweep stopped. A run that fails does not stop the others.
    """
    from rich.console import Console

    from aacbench.cli.sweep_table import standing, summed_up
    from aacbench.host import manager
    from aacbench.sweep.names import check_names
    from aacbench.sweep.plan import plan
    from aacbench.sweep.schedule import look
    from aacbench.sweep.settings import read_sweep
    from aacbench.sweep.summary import write

    asked = read_sweep(file)
    registries = manager.load().registries
    check_names(file, asked, registries)
    runs = plan(file, asked, registries, open_data=ray is None and slurm is None, track=track)
    if ray is not None and slurm is not None:
        raise UserError("--ray and --slurm are two clusters; name one")
    items = look(runs, registries, replace)
    if dry_run:
        show(standing(items, registries), form)
        return
    _check_output(asked, items)
    signal.signal(signal.SIGTERM, _stopped)
    console = Console(stderr=True)

    def keep() -> None:
        write(asked.output, file.stem, items)

    try:
        executor = partial(_executor, asked, jobs, ray, slurm)
        _carry_out(items, asked.resources, registries, console, keep, executor, replace)
    except BaseException:
        with suppress(OSError):  # what ended the sweep is worth more
            keep()
        raise
    keep()
    show(summed_up(items, registries, asked.output / file.stem), form)
    sys.exit(any(item.state != "finished" for item in items))


def _carry_out(
    items: Sequence[Item],
    resources: Resources,
    registries: Registries,
    console: Console,
    keep: Callable[[], None],
    make_executor: Callable[[], Executor],
    replace: bool,
) -> None:
    from aacbench.cli.sweep_table import tally_line
    from aacbench.sweep.schedule import Scheduler
    from aacbench.sweep.view import view

    console.print(tally_line(items), highlight=False)
    if all(item.settled for item in items):
        return
    executor = make_executor()
    with view(console, registries.metrics) as show:

        def tell(items: Sequence[Item], changed: Item | None) -> None:
            show(items, changed)
            if changed is not None and changed.settled:
                with suppress(OSError):  # a full disk, say: the end of the sweep will tell
                    keep()

        Scheduler(items, executor, registries, tell, resources.processes, resources.retries, replace).run()


def _executor(asked: Sweep, jobs: int | None, ray: str | None, slurm: str | None) -> Executor:
    from aacbench.sweep.local import Local, gpus, share

    resources = asked.resources
    if slurm is not None:
        from aacbench.sweep.slurm import Slurm

        return Slurm(slurm, resources, jobs, asked.output / "slurm")
    if ray is None:
        devices = gpus()
        return Local(share(resources, jobs, available(), len(devices)), devices)
    from aacbench.sweep.cluster import Cluster

    return Cluster(ray, resources, jobs)


def _check_output(asked: Sweep, items: Sequence[Item]) -> None:
    """Make the folders that runs and summary are written to, and write to each."""
    import tempfile

    from aacbench.errors import UserError

    for folder in {asked.output, *(item.run.request.output for item in items)}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or error
            raise UserError(
                f"cannot write in {folder} ({said}); name another folder as the sweep's `output`"
            ) from error


def _stopped(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt
