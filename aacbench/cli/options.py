"""Options that several commands share: one spelling, one help text and one meaning everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from aacbench.cli.completion import parts
from aacbench.cli.paths import UserPath

Command = TypeVar("Command", bound=Callable[..., Any])


def _names(context: click.Context, option: click.Parameter, texts: Sequence[str]) -> list[str] | None:
    return metric_names(texts)


def metric_names(texts: Sequence[str]) -> list[str] | None:
    """Return the names in texts such as `a,b`; None for no text."""
    names = [name.strip() for text in texts for name in text.split(",")]
    return [*dict.fromkeys(filter(None, names))] if texts else None


SEED = click.IntRange(0, 2**63 - 1)  # what records and generators of random numbers take
metrics_option = click.option(
    "--metrics",
    "-m",
    multiple=True,
    metavar="NAME,...",
    callback=_names,
    shell_complete=parts("metrics", plural_names=True),
    help="Metrics by name, separated by commas; may be repeated. By default all that are computed unasked.",
)
references_option = click.option(
    "--references", "-r", type=UserPath(), help="Reference captions (CSV).", metavar="FILE"
)
data_dir_option = click.option("--data-dir", type=UserPath(), help="Where the dataset lies.")
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or cuda:N.")
run_option = click.option("--run", "run_folder", required=True, type=UserPath(), help="Folder of a finished run.")


def _limit_cache(context: click.Context, option: click.Parameter, text: str | None) -> None:
    """Pass the bound on to whatever this process does, and starts."""
    from aacbench.files.cache_limit import SWITCH, parse_size

    if text is not None and not context.resilient_parsing:
        parse_size(text)
        os.environ[SWITCH] = text


cache_limit_option = click.option(
    "--cache-limit",
    metavar="SIZE",
    expose_value=False,
    callback=_limit_cache,
    help="Keep at most this much of features in the cache, such as 200GB; what was used longest ago goes.",
)
json_flag = click.option("--json", "as_json", is_flag=True, help="Print everything that was computed as JSON.")


def given(context: click.Context, *names: str) -> list[str]:
    """Return the spellings of those of the options that were given on the command line."""
    sources = {name: context.get_parameter_source(name) for name in names}
    spelt = {option.name: option.opts[0] for option in context.command.params}
    return [spelt[name] for name in names if sources[name] is click.core.ParameterSource.COMMANDLINE]


def refuse(context: click.Context, names: Sequence[str], why: str) -> None:
    """Refuse options that were given where they mean nothing; `why` stands after their spellings.

    Raises:
        UsageError: one was given.
    """
    if stated := given(context, *names):
        raise click.UsageError(f"{', '.join(stated)}: {why}")
