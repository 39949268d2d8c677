"""What the README says of hooks, specs, checks and commands is what the code has."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from aacbench import contracts, hookspecs, testing
from aacbench.cli import COMMANDS, cli
from aacbench.contracts.registry import Registries

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(register_\w+)\((.*?)\)` \| `(\w+)\((.*?)\)` \| `(factory\(.*?\))[^`]*`", re.MULTILINE)


def hooks() -> dict[str, list[str]]:
    found = inspect.getmembers(hookspecs, lambda one: inspect.isfunction(one) and one.__name__.startswith("register_"))
    return {name: list(inspect.signature(function).parameters) for name, function in found}


def test_every_hook_stands_with_its_exact_arguments_and_those_of_its_spec() -> None:
    rows = ROW.findall(README)
    assert {name: arguments.split(", ") for name, arguments, *_ in rows} == hooks()
    kinds = Registries().by_hook()
    for name, _, spec, arguments, _ in rows:
        assert kinds[name.removeprefix("register_")].spec_type.__name__ == spec
        assert arguments.split(", ") == [field.name for field in fields(getattr(contracts, spec))], spec


def test_factories_are_called_as_the_specs_say() -> None:
    for _, _, spec, _, factory in ROW.findall(README):
        said = inspect.getdoc(getattr(contracts, spec)) or ""
        (wanted,) = re.findall(r"`factory\((.*?)\)", said)[:1]
        plain = ", ".join(part.split(":")[0] for part in wanted.split(", "))
        assert factory == f"factory({plain})"


def test_every_check_is_named() -> None:
    checks = {name for name in testing.__all__ if name.startswith("check_")}
    assert set(re.findall(r"testing\.(check_\w+)\(", README)) == checks


def commands() -> Iterator[str]:
    """Yield the aacbench commands of the README's code blocks, without the remarks beside them."""
    for block in re.findall(r"^```(?:\n|bash\n)(.*?)^```", README, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("aacbench "):
                yield re.split(r"\s{2,}|\s#", line)[0]


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_parses(command: str) -> None:
    _, name, *arguments = shlex.split(command)
    assert name in COMMANDS
    with click.Context(cli) as context:
        found = cli.get_command(context, name)
        assert found is not None
        if not isinstance(found, click.Group):
            found.make_context(name, arguments, parent=context)
            return
        sub = found.get_command(context, arguments[0])
        assert sub is not None
        sub.make_context(arguments[0], arguments[1:], parent=context)


def test_every_command_of_the_command_line_is_shown() -> None:
    assert set(COMMANDS) <= set(re.findall(r"aacbench ([a-z-]+)", README))
