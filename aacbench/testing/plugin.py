"""What every installed plugin keeps to: it loads, it brings something, and listing it imports no network."""

from __future__ import annotations

import subprocess

from aacbench.errors import unknown_name
from aacbench.host import manager
from aacbench.runtime import children
from aacbench.testing.report import Checked, check_spec

HEAVY = ("torch", "transformers")


def check_plugin(name: str) -> None:
    """Check an installed plugin by the name of its entry point; its specs and outlines too, but not its parts.

    Raises:
        ContractError: it is broken or disabled, brings nothing, or loads torch before a part is used, or in an outline.
        UserError: no plugin of that name is installed.
    """
    host = manager.load()
    installed = {plugin.name: plugin for plugin in host.plugins}
    if name not in installed:
        raise unknown_name("plugin", name, installed, "Install it first: pip install .")
    plugin, checked = installed[name], Checked(f"plugin {name}")
    checked.require(plugin.status == "ok", "a plugin that loads", f"{plugin.status}: {plugin.reason}")
    checked.require(bool(plugin.provides), "at least one part", "none")
    for kind, names in plugin.provides.items():
        for part in names:
            spec = host.registries.by_hook()[kind][part]
            check_spec(Checked(f"{spec.kind} {part}"), spec)
    modules = [plugin.module, *_outlines(host, plugin)]
    program = f"import sys, {', '.join(modules)}; print(*({set(HEAVY)!r} & set(sys.modules)))"
    done = subprocess.run(children.python("-c", program), env=children.environment(), capture_output=True, text=True)
    checked.require(done.returncode == 0, f"`import {', '.join(modules)}` to work", done.stderr.strip()[-300:])
    loaded = done.stdout.strip()
    checked.require(not loaded, "networks named as 'module:attribute' and imported when used", f"{loaded} at start-up")


def _outlines(host: manager.Host, plugin: manager.Plugin) -> list[str]:
    """Return the modules of the plugin's methods' outlines."""
    specs = [host.registries.methods[name] for name in plugin.provides.get("methods", ())]
    return [spec.outline.partition(":")[0] for spec in specs if isinstance(spec.outline, str)]
