"""`aacbench list` and `aacbench plugins`: what is installed, without importing any network."""

from __future__ import annotations

from pathlib import Path

import click

from aacbench.cli.completion import kinds
from aacbench.cli.tables import show, table_options
from aacbench.contracts import MethodSpec, Spec
from aacbench.errors import resolve_name
from aacbench.host import manager as host
from aacbench.host.metric_sets import described_sets
from aacbench.runtime.tables import Column, Format, Table


@click.command("list")
@click.argument("kind", required=False, shell_complete=kinds)
@table_options
def list_(kind: str | None, form: Format, output: Path | None) -> None:
    """List the registered parts, all or of one KIND: methods, datasets, encoders, decoders, pretraining, metrics,
    trackers.

    `aacbench show NAME` says more of one of them.
    """
    loaded = host.load()
    registries = loaded.registries.by_hook()
    wanted = registries if kind is None else [resolve_name("kind", kind, registries)]
    rows = [[name, spec.name, _described(spec)] for name in wanted for spec in registries[name]]
    if "metrics" in wanted:
        rows += [["sets of metrics", name, summary] for name, summary in described_sets()]
    show(Table([Column("kind"), Column("name"), Column("summary")], rows), form, output)
    for plugin in loaded.plugins:
        if plugin.status == "broken":
            click.echo(f"broken plugin {plugin.origin}: {plugin.reason}", err=True)


def _described(spec: Spec) -> str:
    if isinstance(spec, MethodSpec) and len(spec.variants) > 1:
        return f"{spec.summary} (variants: {', '.join(variant.name for variant in spec.variants)})"
    return spec.summary


@click.command()
@table_options
def plugins(form: Format, output: Path | None) -> None:
    """List the installed plugins: distribution, state, and what each brings."""
    columns = [Column("plugin"), Column("state"), Column("brings", "brings, or why it is not used")]
    rows = [[plugin.origin, plugin.status, plugin.reason or _brought(plugin)] for plugin in host.load().plugins]
    show(Table(columns, rows), form, output)


def _brought(plugin: host.Plugin) -> str:
    brought = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in plugin.provides.items())
    advice = "; ".join(dict.fromkeys(plugin.advice))
    return f"{brought} (it uses names of the previous release: {advice})" if advice else brought
