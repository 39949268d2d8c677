"""`aacbench list` and `aacbench plugins`: what is installed, without importing any network."""

from __future__ import annotations

import click

from aacbench.contracts import MethodSpec, Spec
from aacbench.errors import unknown_name
from aacbench.host import manager as host


@click.command("list")
@click.argument("kind", required=False)
def list_(kind: str | None) -> None:
    """List the registered parts, all or of one KIND: methods, datasets, encoders, decoders, pretraining, metrics,
    trackers.
    """
    loaded = host.load()
    registries = loaded.registries.by_hook()
    if kind is not None and kind not in registries:
        raise unknown_name("kind", kind, registries)
    for name, registry in registries.items():
        if kind in (None, name):
            _section(name, [(spec.name, _describe(spec)) for spec in registry])
    for plugin in loaded.plugins:
        if plugin.status == "broken":
            click.echo(f"broken plugin {plugin.origin}: {plugin.reason}", err=True)


def _section(title: str, rows: list[tuple[str, str]]) -> None:
    click.echo(f"{title}:")
    width = max((len(name) for name, _ in rows), default=0)
    for name, text in rows:
        click.echo(f"  {name:<{width}}  {text}")


def _describe(spec: Spec) -> str:
    if isinstance(spec, MethodSpec) and len(spec.variants) > 1:
        return f"{spec.summary} (variants: {', '.join(variant.name for variant in spec.variants)})"
    return spec.summary


@click.command()
def plugins() -> None:
    """List the installed plugins: distribution, state, and what each brings."""
    for plugin in host.load().plugins:
        brought = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in plugin.provides.items())
        click.echo(f"{plugin.origin}  {plugin.status}  {plugin.reason or brought}")
