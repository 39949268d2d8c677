"""The plugin host: finds the installed plugins, calls their hooks, and keeps a broken one from stopping the rest.

A plugin is a module named by an entry point in the group `aacbench`. `AACBENCH_DISABLE_PLUGINS=name,name` switches
plugins off. Nothing here is kept between calls: `load` builds a fresh manager and fresh registries every time.
"""

from __future__ import annotations

import os
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pluggy

from aacbench import hookspecs
from aacbench.contracts.registry import Registries
from aacbench.errors import AacbenchError
from aacbench.host import builtin
from aacbench.host.entry_points import Entry, installed_entries
from aacbench.runtime.renamed import RenamedWarning

GROUP = "aacbench"
CORE = "aacbench"


@dataclass
class Plugin:
    """One installed plugin: where it comes from, what it brings, and why it is broken if it is."""

    name: str
    distribution: str = ""
    version: str = ""
    module: str = ""
    status: str = "ok"  # ok, broken, disabled
    reason: str = ""
    provides: dict[str, list[str]] = field(default_factory=dict)
    advice: list[str] = field(default_factory=list)
    """What to rename in it: names of the previous release that it uses, and that work for one more."""

    @property
    def origin(self) -> str:
        """The name used in messages: `rlssr (aacbench 0.1.0)`."""
        return f"{self.name} ({self.distribution} {self.version})".replace(" )", ")")


@dataclass
class Host:
    """The loaded plugins and what they registered."""

    manager: pluggy.PluginManager
    registries: Registries
    plugins: list[Plugin]


def build_manager() -> pluggy.PluginManager:
    """Return a fresh plugin manager that knows the hooks and has no plugin."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def load(entries: Iterable[Entry] | None = None) -> Host:
    """Load the core's parts and every installed plugin.

    `entries` replaces the installed entry points (for tests). A plugin that fails is listed as broken with its reason
    and takes nothing else down.
    """
    host = Host(build_manager(), Registries(), [])
    core = Plugin(CORE, CORE, _core_version(), "aacbench.host.builtin")
    _adopt(host, core, builtin)
    if core.status == "broken":  # a defect of aacbench itself, not of a plugin
        raise AacbenchError(f"aacbench cannot load its own parts: {core.reason}")
    disabled = {name.strip() for name in os.environ.get("AACBENCH_DISABLE_PLUGINS", "").split(",") if name.strip()}
    points = installed_entries(GROUP) if entries is None else entries
    for name, group in sorted(_by_name(points).items()):
        _load_one(host, name, group, disabled)
    return host


def _core_version() -> str:
    from aacbench.version import __version__  # noqa: PLC0415

    return __version__


def _by_name(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    grouped: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        same = (entry.value, _distribution(entry)[0])
        if all((other.value, _distribution(other)[0]) != same for other in grouped[entry.name]):
            grouped[entry.name].append(entry)
    return grouped


def _distribution(entry: Entry) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("unknown distribution", "")


def _load_one(host: Host, name: str, group: list[Entry], disabled: set[str]) -> None:
    group = sorted(group, key=lambda one: (_distribution(one), one.value))
    entry = group[0]
    plugin = Plugin(name, *_distribution(entry), module=entry.value)
    if name in disabled:
        plugin.status, plugin.reason = "disabled", "AACBENCH_DISABLE_PLUGINS"
        host.plugins.append(plugin)
        return
    if len(group) > 1 or name == CORE:
        owners = " and ".join(" ".join(_distribution(other)) for other in group)
        wanted = "uninstall one of them" if len(group) > 1 else f"the name {CORE!r} is the core's own; rename it"
        _break(host, plugin, f"{owners} both name an entry point {name!r}; {wanted}")
        host.plugins.append(plugin)
        return
    try:
        with _noting_renamed(plugin):
            module = entry.load()
    except (Exception, SystemExit) as error:
        _break(host, plugin, f"import of {entry.value} failed: {_one_line(error)}")
        host.plugins.append(plugin)
        return
    _adopt(host, plugin, module)


def _adopt(host: Host, plugin: Plugin, module: object) -> None:
    """Register `module` under the plugin's name and call its hooks; on any failure take all of it back."""
    host.plugins.append(plugin)
    try:
        host.manager.register(module, plugin.name)
        host.manager.check_pending()
        if not host.manager.get_hookcallers(module):
            raise AacbenchError(f"{plugin.module} has no hook; mark its functions with aacbench.hookspecs.hookimpl")
        with _noting_renamed(plugin):
            _call_hooks(host, plugin, module)
    except (Exception, SystemExit) as error:
        if host.manager.has_plugin(plugin.name):
            host.manager.unregister(name=plugin.name)
        for registry in host.registries.by_hook().values():
            registry.remove_origin(plugin.origin)
        _break(host, plugin, _one_line(error))


@contextmanager
def _noting_renamed(plugin: Plugin) -> Iterator[None]:
    """Keep what is said of names of the previous release, to be shown beside the plugin; other warnings go on."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", RenamedWarning)
        yield
    for one in said:
        if issubclass(one.category, RenamedWarning):
            plugin.advice.append(str(one.message))
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)


def _call_hooks(host: Host, plugin: Plugin, module: object) -> None:
    others = [other for other in host.manager.get_plugins() if other is not module]
    for kind, registry in host.registries.by_hook().items():
        before = set(registry.names())
        call = host.manager.subset_hook_caller(f"register_{kind}", others)
        call(register=registry.registrar(plugin.origin))
        added = [name for name in registry.names() if name not in before]
        if added:
            plugin.provides[kind] = added


def _break(host: Host, plugin: Plugin, reason: str) -> None:
    plugin.status, plugin.reason, plugin.provides = "broken", reason, {}
    for registry in host.registries.by_hook().values():
        registry.broken[plugin.name] = f"{plugin.origin}: {reason}"


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or "no message"
    return text if isinstance(error, AacbenchError) else f"{type(error).__name__}: {text}"
