"""Which metrics to compute: names to specs, and the order that `requires` asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError, first_few, resolve_name, unknown_name


@dataclass(frozen=True, slots=True)
class Selection:
    """The specs to compute, each after those it needs, and the outputs that were asked for."""

    specs: tuple[MetricSpec, ...]
    outputs: tuple[str, ...]


def select(names: Sequence[str] | None, known: Iterable[MetricSpec]) -> Selection:
    """Return the metrics called `names`: spec names (`bleu`) or names of their outputs (`bleu_4`); None: the
    defaults.

    Raises:
        UserError: a name is unknown, or a metric needs one that is not installed.
    """
    specs = {spec.name: spec for spec in known}
    makers = {output: spec for spec in specs.values() for output in spec.outputs}
    if names is None:
        names = [spec.name for spec in specs.values() if spec.default]
    wanted: dict[str, MetricSpec] = {}
    outputs: dict[str, None] = {}
    for name in resolved("metric", names, {*specs, *makers}, "`aacbench list metrics` shows them."):
        spec = specs.get(name) or makers[name]
        wanted[spec.name] = spec
        outputs.update(dict.fromkeys(spec.outputs if name in specs else (name,)))
    if not wanted:
        raise UserError("no metric to compute; name some with --metrics, e.g. --metrics bleu,cider_d")
    return Selection(tuple(ordered(wanted.values(), specs.values())), tuple(outputs))


def resolved(kind: str, names: Sequence[str], known: Iterable[str], hint: str = "") -> list[str]:
    """Return the names as they are known, whatever the case of their letters.

    Raises:
        UserError: some are unknown; all of them are named at once.
    """
    known, found, unknown = {*known}, list[str](), list[str]()
    for name in names:
        try:
            found.append(resolve_name(kind, name, known))
        except UserError:
            unknown.append(name)
    if unknown:
        more = f"Unknown, too: {first_few(unknown[1:])}. " if unknown[1:] else ""
        raise unknown_name(kind, unknown[0], known, f"{more}{hint}".strip())
    return found


def ordered(wanted: Iterable[MetricSpec], known: Iterable[MetricSpec]) -> list[MetricSpec]:
    """Return `wanted` and all they need, found in `known`, each after those it needs.

    Raises:
        UserError: a needed metric is not known, or metrics need each other in a ring.
    """
    known = [*known]
    makers = {name: spec for spec in known for name in (spec.name, *spec.outputs)}
    done: dict[str, MetricSpec] = {}

    def visit(spec: MetricSpec, path: tuple[str, ...]) -> None:
        if spec.name in done:
            return
        if spec.name in path:
            raise UserError(f"metrics need each other in a ring: {' -> '.join([*path, spec.name])}")
        for need in spec.requires:
            if need not in makers:
                raise UserError(f"the metric {spec.name!r} needs {need!r}, which is not installed or not given")
            visit(makers[need], (*path, spec.name))
        done[spec.name] = spec

    for spec in wanted:
        visit(spec, ())
    return list(done.values())
