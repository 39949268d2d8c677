"""What is known of a registered part, as plain data: what `aacbench show` prints and `aacbench.describe` returns."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aacbench.contracts import (
    CompositeMethod,
    DatasetSpec,
    EncoderSpec,
    MethodSpec,
    MetricSpec,
    load,
    outline,
)
from aacbench.contracts.registry import Registries
from aacbench.errors import AacbenchError, UserError, resolve_name, unknown_name
from aacbench.host.downloads import downloadables
from aacbench.host.manager import Host
from aacbench.host.setting_words import WORDS
from aacbench.host.settings_docs import Setting, sentence_naming, settings_of, type_name

LEFT_OUT = {  # said elsewhere, or for the program alone
    *("name", "summary", "factory", "outline", "variants", "presets", "published", "downloads", "fetch", "options"),
    *("download_size", "prominent", "headline", "outputs", "smoke", "tiny", "tiny_features", "packages", "install"),
}


def describe_part(
    host: Host, name: str, kind: str | None = None, preset: str | None = None, variant: str | None = None
) -> dict[str, Any]:
    """Return what is known of the part called `name`; `aacbench.describe` says under which keys.

    Raises:
        UserError: no part, variant or preset has this name, or parts of several kinds have it.
    """
    spec = _find(host.registries, name, kind)
    if (preset or variant) and not isinstance(spec, MethodSpec):
        raise UserError(f"{name} is a {spec.kind}; presets and variants are of methods")
    origins = {registry.kind: registry for registry in host.registries.by_hook().values()}
    known: dict[str, Any] = {
        "kind": spec.kind,
        "name": spec.name,
        "summary": spec.summary,
        "plugin": origins[spec.kind].origin(spec.name),
        "about": dict(_facts(spec)),
    }
    if isinstance(spec, MethodSpec):
        known["variants"] = [
            {"name": one.name, "summary": one.summary, "table": one.table, "row": one.row} for one in spec.variants
        ]
        known["presets"] = [*outline(spec).presets]
        settings = [*_method_settings(spec, host.registries, preset, variant)]
    elif isinstance(spec, DatasetSpec):
        settings = [*_dataset_settings(spec)]
    else:
        settings = [*_factory_settings(spec)]
    known["settings"] = [one._asdict() for one in settings]
    known["requires"] = [*_requirements(spec, settings, host.registries)]
    return known


def _find(registries: Registries, name: str, kind: str | None) -> Any:
    """Return the spec that is meant."""
    kinds = registries.by_hook()
    if kind is not None:
        spellings = {registry.kind: hook for hook, registry in kinds.items()} | {hook: hook for hook in kinds}
        return kinds[spellings[resolve_name("kind", kind, spellings)]][name]
    names = {other for registry in kinds.values() for other in registry.names()}
    broken = next(iter(kinds.values())).broken
    if broken and name not in names:
        hint = " ".join(f"Broken plugin {plugin}: {why}." for plugin, why in broken.items())
        raise unknown_name("part", name, names, hint)
    name = resolve_name("part", name, names, "`aacbench list` shows them.")
    having = [registry[name] for registry in kinds.values() if name in registry]
    if len(having) > 1:
        raise UserError(f"{name} is a {' and a '.join(one.kind for one in having)}; say which with --kind")
    return having[0]


def _facts(spec: Any) -> Iterator[tuple[str, Any]]:
    """Yield the spec's plain facts that say something."""
    for name, value in vars(spec).items():
        plain = isinstance(value, str | int | float | tuple) or (isinstance(value, Mapping) and value)
        if name not in LEFT_OUT and plain and value not in ("", (), None):
            yield name, dict(value) if isinstance(value, Mapping) else [*value] if isinstance(value, tuple) else value


def _dataset_settings(spec: DatasetSpec) -> Iterator[Setting]:
    """Yield a dataset's settings; of those that are only named, the doc is what the factory says of them."""
    for one in spec.known_options:
        doc = one.doc or sentence_naming(inspect.getdoc(load(spec.factory)) or "", one.name)
        yield Setting(one.name, one.type, one.default, one.default, doc or WORDS.get(one.name, ""))


def _method_settings(
    spec: MethodSpec, registries: Registries, preset: str | None, variant: str | None
) -> Iterator[Setting]:
    known = outline(spec)
    chosen = [*spec.variants]
    if variant is not None and isinstance(known, CompositeMethod):
        chosen = [known.named(variant, registries)]
    elif variant is not None:
        name = resolve_name(f"variant of {spec.name}", variant, [one.name for one in chosen])
        chosen = [one for one in chosen if one.name == name]
    presets = known.presets
    layers = [presets[resolve_name(f"preset of {spec.name}", preset, presets)]] if preset else []
    values = known.settings().model_dump(mode="json")
    defaults = values
    for layer in [*layers, chosen[0].settings]:
        values = _merged(values, layer)
    plain = known.settings.model_validate(values).model_dump(mode="json")
    yield from settings_of(known.settings, plain, defaults)


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _merged(base[key], value) for key, value in changes.items() if _maps(base.get(key)) and _maps(value)}
    return {**base, **changes, **both}


def _maps(value: object) -> bool:
    return isinstance(value, Mapping)


def _factory_settings(spec: Any) -> Iterator[Setting]:
    """Yield what a part's factory takes with a default; what has none is the core's to give."""
    try:
        factory = load(spec.factory)
        taken = inspect.signature(factory, eval_str=True).parameters.values()
    except (AacbenchError, TypeError, ValueError, NameError):
        return
    doc = inspect.getdoc(factory) or ""
    for one in taken:
        if one.default is not one.empty and one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD):
            kind = "" if one.annotation is one.empty else type_name(one.annotation)
            value = one.default if isinstance(one.default, str | int | float | bool | None) else str(one.default)
            yield Setting(one.name, kind, value, value, sentence_naming(doc, one.name) or WORDS.get(one.name, ""))


def _requirements(spec: Any, settings: list[Setting], registries: Registries) -> Iterator[dict[str, Any]]:
    """Yield what a part wants: from the web its own downloads and the weights that its settings name; packages."""
    known = {one.name: one for one in downloadables(registries)}
    published = {weights.name: weights for encoder in registries.encoders for weights in encoder.published}
    wanted: list[str] = []
    if isinstance(spec, DatasetSpec) and spec.fetch is not None:
        wanted = [spec.name]
    elif isinstance(spec, MetricSpec):
        wanted = [name for metric in _with_required(spec, registries) for name in (d.name for d in metric.downloads)]
    elif isinstance(spec, EncoderSpec):
        wanted = [weights.name for weights in spec.published]
    elif isinstance(spec, MethodSpec):
        wanted = [one.value for one in settings if isinstance(one.value, str) and one.value in known]
    for name in dict.fromkeys(wanted):
        if one := known.get(name):
            path: Path | None = one.find()
            yield {"what": f"aacbench fetch {name}", "name": name, "size": one.size, "here": path and str(path)}
    commands: dict[str, str] = {}
    for needing in (spec, *(published[name] for name in wanted if name in published)):
        commands |= dict.fromkeys(getattr(needing, "packages", ()), getattr(needing, "install", ""))
    for package, install in commands.items():
        yield {"what": f"pip install '{install}'", "name": package, "size": None, "here": _installed(package)}


def _installed(package: str) -> str | None:
    """Return the version of an installed package, None where there is none; nothing is imported."""
    if find_spec(package) is None:
        return None
    names = metadata.packages_distributions().get(package, [package])
    return f"{names[0]} {metadata.version(names[0])}"


def _with_required(spec: MetricSpec, registries: Registries) -> Iterator[MetricSpec]:
    yield spec
    for name in spec.requires:
        for other in registries.metrics:
            if name == other.name or name in other.outputs:
                yield from _with_required(other, registries)
