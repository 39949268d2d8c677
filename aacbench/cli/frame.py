"""What every command has: `--verbose` and `--quiet`; no option is given twice, no output is an input."""

from __future__ import annotations

from collections.abc import Sequence

import click

from aacbench.cli.paths import keep_outputs_apart
from aacbench.runtime import verbosity


def _set(context: click.Context, option: click.Parameter, chosen: bool) -> None:
    if chosen and not context.resilient_parsing:
        verbosity.choose(option.name or "")


LEVELS = ("verbose", "quiet")
_HELP = {
    "verbose": "Say more often how far it is, where there is no terminal.",
    "quiet": "Print results and errors only.",
}


def framed(command: click.Command) -> click.Command:
    """Return the command with `-v` and `-q`, its outputs kept apart from its inputs, and so with those below it."""
    if not any(option.name == LEVELS[0] for option in command.params):  # not framed yet
        keep_outputs_apart(command)
        command.params += [
            click.Option([f"-{name[0]}", f"--{name}"], is_flag=True, expose_value=False, callback=_set, help=text)
            for name, text in _HELP.items()
        ]
        for below in command.commands.values() if isinstance(command, click.Group) else ():
            framed(below)
    return command


def refuse_repeated(command: click.Command, arguments: Sequence[str], parent: click.Context) -> None:
    """Refuse an option that has one value and is given twice: the last one would hold without a word.

    Raises:
        UsageError: there is one.
    """
    context = click.Context(command, parent, command.name, resilient_parsing=True)
    parser = command.make_parser(context)
    try:
        _, rest, order = parser.parse_args([*arguments])
    except click.UsageError:  # which parsing it in earnest says better
        return
    for option in order:
        harmless = not isinstance(option, click.Option) or option.multiple or option.count
        harmless = harmless or (isinstance(option, click.Option) and option.is_flag and not option.secondary_opts)
        if not harmless and sum(option is other for other in order) > 1:
            raise click.UsageError(f"{option.opts[0]} is given more than once", context)
    if isinstance(command, click.Group) and rest and rest[0] in command.commands:
        refuse_repeated(command.commands[rest[0]], rest[1:], context)
