"""Every command that the documentation shows is one that aacbench takes, and every command of aacbench is shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from aacbench.cli import COMMANDS, cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += sorted((ROOT / "plugins").glob("*/README.md"))


def commands(page: Path) -> Iterator[str]:
    """Yield the aacbench commands of a page's code blocks, without the remarks beside them."""
    blocks = re.findall(r"^```([a-z]*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for block in (text for kind, text in blocks if kind in ("", "bash")):
        for line in block.splitlines():
            if match := re.match(r"(?:\.venv/bin/)?(aacbench .*)", line):
                yield re.split(r"\s{2,}|\s#", match[1])[0]


SHOWN = [(page, command) for page in PAGES for command in dict.fromkeys(commands(page))]


@pytest.mark.parametrize(
    ("page", "command"), SHOWN, ids=[f"{page.relative_to(ROOT)}: {command}" for page, command in SHOWN]
)
def test_every_command_parses(page: Path, command: str) -> None:
    _, name, *arguments = shlex.split(command)
    assert name in COMMANDS
    with click.Context(cli) as context:
        found = cli.get_command(context, name)
        while isinstance(found, click.Group):
            group, name, *arguments = found, *arguments
            context = click.Context(group, parent=context)
            found = group.get_command(context, name)
        assert found is not None
        found.make_context(name, arguments, parent=context)


def test_every_command_of_the_command_line_is_shown() -> None:
    shown = {command.split()[1] for _, command in SHOWN} | {"completion"}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert set(COMMANDS) <= shown | set(re.findall(r"`aacbench ([a-z-]+)", text))


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
