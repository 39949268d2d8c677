"""Pages of the documentation that are made of the code: a hook of mkdocs (`hooks:` in mkdocs.yml).

The command line comes from click, hooks from `hookspecs`, parts and settings from what is registered, the record from
its JSON schema, methods from the plugins' READMEs. So none of them can differ from what is installed.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from aacbench import hookspecs
from aacbench.api.parts import describe
from aacbench.cli import COMMANDS, cli
from aacbench.contracts.registry import Registries
from aacbench.host import manager

ROOT = Path(__file__).parents[1]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those that lie in docs/."""
    for name, make in PAGES.items():
        files.append(File.generated(config, name, content=make()))
    for readme in sorted((ROOT / "plugins").glob("*/README.md")):
        name = readme.parent.name
        files.append(File.generated(config, f"methods/{name}.md", content=absolute_links(readme, config)))
    return files


def absolute_links(readme: Path, config: MkDocsConfig) -> str:
    """Return a README whose links to files of the repository lead to where it is published."""
    base = f"{config.repo_url}/blob/main/{readme.parent.relative_to(ROOT)}"
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({base}/\1)", readme.read_text(encoding="utf-8"))


def registries() -> Registries:
    """Return what aacbench and its own plugins register."""
    return manager.load().registries


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(one) for one in line) + " |" for line in lines) + "\n"


def cell(value: object) -> str:
    """Return a value as the text of a table's cell."""
    return " ".join(str(value).replace("|", "\\|").split())


def code(value: object) -> str:
    """Return a value as code, "" for nothing."""
    return f"`{value}`" if value not in ("", None, ()) else ""


def command_line() -> str:
    """Return the page of all commands with their options."""
    parts = ["# Command line\n", "Made of the commands themselves: `aacbench COMMAND --help` says the same.\n"]
    with click.Context(cli, info_name="aacbench") as context:
        for name in COMMANDS:
            command = cli.get_command(context, name)
            assert command is not None
            parts += command_parts(command, f"aacbench {name}", context)
    return "\n".join(parts)


def command_parts(command: click.Command, name: str, parent: click.Context, level: int = 2) -> Iterator[str]:
    """Yield a command's heading, text and options, then its subcommands'."""
    context = click.Context(command, info_name=name.split()[-1], parent=parent)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * level} {name}\n\n```text\n{name} {pieces}\n```\n\n{inspect.cleandoc(command.help or '')}\n"
    rows = [option.get_help_record(context) for option in command.params if isinstance(option, click.Option)]
    if shown := [(f"`{row[0]}`", row[1]) for row in rows if row is not None]:
        yield table(["option", "what it does"], shown)
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from command_parts(found, f"{name} {sub}", context, level + 1)


def hooks() -> str:
    """Return the page of hooks, with every field of the specs that they are called with."""
    parts = [
        "# Hooks and specs\n",
        "A plugin is a module named by an entry point in the group `aacbench`. It marks functions with `hookimpl`. "
        "Each is called once at start-up with `register`, and calls it with one spec a part. A `factory` is a "
        "callable, or `package.module:attribute`, which is imported when the part is used.\n",
    ]
    kinds = registries().by_hook()
    for name, hook in inspect.getmembers(hookspecs, inspect.isfunction):
        if name.startswith("register_"):
            spec = kinds[name.removeprefix("register_")].spec_type
            parts.append(f"## {name}(register)\n\n{inspect.getdoc(hook)}\n")
            parts.append(f"`{spec.__name__}`: {inspect.getdoc(spec)}\n")
            rows = [(code(field.name), code(field.type), default_text(field)) for field in fields(spec) if field.init]
            parts.append(table(["field", "type", "default"], rows))
    return "\n".join(parts)


def default_text(field: Any) -> str:
    """Return a field's default as code; a field without one is wanted."""
    if field.default is not MISSING:
        return code(repr(field.default)) if len(repr(field.default)) < 60 else "see the code"
    return code(repr(field.default_factory())) if field.default_factory is not MISSING else "wanted"


def metrics() -> str:
    """Return the page of metrics."""
    rows = [
        (
            code(spec.name),
            spec.summary,
            ", ".join(map(code, spec.outputs)),
            f"{spec.range[0]:g} to {spec.range[1]:g}",
            ", ".join(map(code, spec.requires)),
            "yes" if spec.default else "by name",
        )
        for spec in registries().metrics
    ]
    head = ["metric", "what it is", "scores", "range", "requires", "computed"]
    return "# Metrics\n\n`aacbench list metrics` shows this table, and the sets of metrics by name.\n\n" + table(
        head, rows
    )


def datasets() -> str:
    """Return the page of datasets."""
    rows = [
        (
            code(spec.name),
            spec.summary,
            ", ".join(spec.versions),
            ", ".join(code(option.name) for option in spec.known_options),
            spec.licence,
        )
        for spec in registries().datasets
    ]
    head = ["dataset", "what it is", "versions", "settings (`--dataset-set`)", "licence"]
    text = "# Datasets\n\n`aacbench show NAME` says more of each.\n\n" + table(head, rows)
    open_facts = [(code(spec.name), spec.unverified, spec.page) for spec in registries().datasets if spec.unverified]
    return (
        f"{text}\n\nWhat could not be checked when aacbench was written, and where to look it up:\n\n"
        f"{table(['dataset', 'not verified', 'see'], open_facts)}"
    )


def parts() -> str:
    """Return the page of encoders, decoders, objectives and trackers."""
    text = ["# Networks and objectives\n"]
    for kind in ("encoders", "decoders", "pretraining", "trackers"):
        registry = registries().by_hook()[kind]
        text += [
            f"## {kind.capitalize()}\n",
            table(["name", "what it is"], [(code(s.name), s.summary) for s in registry]),
        ]
    return "\n".join(text)


def settings() -> str:
    """Return the page of every method's settings."""
    text = [
        "# Settings\n",
        "Change any of them by `--set NAME=VALUE`. Shown are the paper's values; `aacbench show METHOD --preset quick` "
        "shows a preset's.\n",
    ]
    for spec in registries().methods:
        rows = [
            (code(one["name"]), code(one["type"]), code(one["default"]), one["doc"])
            for one in describe(spec.name).get("settings", [])
        ]
        if rows:
            text += [f"## {spec.name}\n", table(["setting", "type", "default", "what it is"], rows)]
    return "\n".join(text)


def record_schema() -> str:
    """Return the page of a run's files, with the record's schema."""
    (path,) = sorted((ROOT / "leaderboard" / "schema").glob("run-record.v*.json"))[-1:]
    schema = json.loads(path.read_text(encoding="utf-8"))
    text = [(ROOT / "docs" / "reference" / "_files-of-a-run.md").read_text(encoding="utf-8")]
    text.append(f"## record.json\n\nThe JSON schema is `leaderboard/schema/{path.name}`.\n")
    for name, part in [("RunRecord", schema), *sorted(schema.get("$defs", {}).items())]:
        if rows := [(code(key), type_text(value)) for key, value in part.get("properties", {}).items()]:
            text += [f"### {name}\n", table(["field", "type"], rows)]
    return "\n".join(text)


def type_text(value: dict[str, Any]) -> str:
    """Return the type of a schema's field in a few words."""
    if "$ref" in value:
        return code(value["$ref"].rpartition("/")[2])
    if "anyOf" in value:
        return " or ".join(type_text(one) for one in value["anyOf"])
    kind = str(value.get("type", "any"))
    inner = value.get("items") or value.get("additionalProperties")
    return f"{kind} of {type_text(inner)}" if isinstance(inner, dict) else kind


PAGES: dict[str, Callable[[], str]] = {
    "reference/command-line.md": command_line,
    "reference/hooks.md": hooks,
    "reference/metrics.md": metrics,
    "reference/datasets.md": datasets,
    "reference/parts.md": parts,
    "reference/settings.md": settings,
    "reference/record-schema.md": record_schema,
}
