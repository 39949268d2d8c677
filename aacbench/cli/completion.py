"""`aacbench completion`: what shells are given, and the names of aacbench that the tab key then offers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")
PROGRAM, VARIABLE = "aacbench", "_AACBENCH_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options, and names of methods, datasets, variants and metrics.

    bash: eval "$(aacbench completion bash)"; zsh the same; fish: aacbench completion fish | source. In the shell's
    start-up file it holds for ever.
    """
    from click.shell_completion import get_completion_class

    shell_class = get_completion_class(shell)
    assert shell_class is not None
    from aacbench.cli import cli

    click.echo(shell_class(cli, {}, PROGRAM, VARIABLE).source())


Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def parts(kind: str, plural_names: bool = False) -> Completer:
    """Return what completes the names of registered parts of a kind, or such names separated by commas."""

    def complete(context: click.Context, option: click.Parameter, text: str) -> list[CompletionItem]:
        from aacbench.host import manager

        before, comma, begun = text.rpartition(",") if plural_names else ("", "", text)
        specs = manager.load().registries.by_hook()[kind]
        return [_item(f"{before}{comma}{spec.name}", spec.summary) for spec in specs if _fits(spec, begun)]

    return complete


def _item(name: str, about: str | None = None) -> CompletionItem:
    from click.shell_completion import CompletionItem  # for the tab key alone

    return CompletionItem(name, help=about)


def _fits(spec: object, begun: str) -> bool:
    return str(getattr(spec, "name", "")).startswith(begun.lower())


def variants(context: click.Context, option: click.Parameter, text: str) -> list[CompletionItem]:
    """Complete the variants of the method that stands on the command line."""
    from aacbench.host import manager

    named = str(context.params.get("method") or next(iter(context.args), ""))
    methods = manager.load().registries.methods
    known = [methods[named]] if named in methods else []
    return [_item(one.name, one.summary) for method in known for one in method.variants if one.name.startswith(text)]


def any_part(context: click.Context, option: click.Parameter, text: str) -> list[CompletionItem]:
    """Complete the name of a part of any kind."""
    from aacbench.host import manager

    kinds = manager.load().registries.by_hook().values()
    return [_item(spec.name, spec.summary) for kind in kinds for spec in kind if _fits(spec, text)]


def kinds(context: click.Context, option: click.Parameter, text: str) -> list[CompletionItem]:
    """Complete the kinds of parts."""
    from aacbench.host import manager

    return [_item(name) for name in manager.load().registries.by_hook() if name.startswith(text)]
