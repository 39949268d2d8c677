"""Which metrics to compute: names to specs, and the order that `requires` asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aacbench.contracts import Download, MethodTask, MetricSpec, load
from aacbench.errors import UserError, first_few, resolve_name, unknown_name
from aacbench.host.builtin.model_metrics import best_of
from aacbench.host.builtin.retrieval_metrics import at_any_depth
from aacbench.host.metric_sets import expanded


@dataclass(frozen=True, slots=True)
class Selection:
    """The specs to compute, each after those it needs, and the outputs that were asked for."""

    specs: tuple[MetricSpec, ...]
    outputs: tuple[str, ...]

    def untimed(self) -> Selection:
        """Return what can be computed where nobody knows when a system attended at its words."""
        dropped: set[str] = set()
        for spec in self.specs:  # each after those it needs
            if spec.needs_word_seconds or dropped & {*spec.requires}:
                dropped |= {spec.name, *spec.outputs}
        specs = tuple(spec for spec in self.specs if spec.name not in dropped)
        return Selection(specs, tuple(name for name in self.outputs if name not in dropped))


def select(
    names: Sequence[str] | None, known: Iterable[MetricSpec], task: MethodTask = "captioning", engine: str = "native"
) -> Selection:
    """Return the metrics called `names`: spec names (`bleu`) or names of their outputs (`bleu_4`); None: the
    defaults, among them those whose downloads are here that `engine` wants.
    Metrics of another task than `task` are not known.

    Raises:
        UserError: a name is unknown, or a metric needs one that is not installed.
    """
    specs = {spec.name: spec for spec in known if spec.task == task}
    if task == "retrieval":  # R@k and mAP@k are there for every k
        specs |= {spec.name: spec for name in names or () if (spec := at_any_depth(name)) and spec.name not in specs}
    if names is None:
        names = [
            spec.name
            for spec in specs.values()
            if spec.default or (spec.default_if_found and found(spec, specs, engine))
        ]
    names = expanded(names, specs)
    specs |= {spec.name: spec for name in names if (spec := _best_of(name, specs))}
    makers = {output: spec for spec in specs.values() for output in spec.outputs}
    wanted: dict[str, MetricSpec] = {}
    outputs: dict[str, None] = {}
    for name in resolved("metric", names, {*specs, *makers}, "`aacbench list metrics` shows them."):
        spec = specs.get(name) or makers[name]
        wanted[spec.name] = spec
        outputs.update(dict.fromkeys(spec.outputs if name in specs else (name,)))
    if not wanted:
        raise UserError("no metric to compute; name some with --metrics, e.g. --metrics bleu,cider_d")
    return Selection(tuple(ordered(wanted.values(), specs.values())), tuple(outputs))


def _best_of(name: str, specs: Mapping[str, MetricSpec]) -> MetricSpec | None:
    """Return the spec of `OUTPUT_max`, the best of several candidates by a score that ranks; None for other names."""
    plain = name.strip().casefold().replace("-", "_")
    output = plain.removesuffix("_max")
    maker = next((spec for spec in specs.values() if output in spec.outputs), None)
    if plain in specs or output == plain or maker is None or not maker.ranked or not maker.higher_is_better:
        return None
    return best_of(maker, output)


def found(spec: MetricSpec, specs: Mapping[str, MetricSpec], engine: str = "native") -> bool:
    """Whether what an engine of a metric, and of those it requires, wants is here; no network is asked or loaded."""
    return all(one.find is not None and load(one.find)() is not None for one in downloads(spec, specs, engine))


def downloads(spec: MetricSpec, specs: Mapping[str, MetricSpec], engine: str = "native") -> list[Download]:
    """Return what an engine of a metric, and of those it requires, wants from the web."""
    closure = ordered([spec], specs.values())
    return [wanted for one in closure for wanted in one.downloads if wanted.wanted_by(engine)]


def left_out(known: Iterable[MetricSpec], engine: str = "native") -> str | None:
    """Return a line about the metrics that would be computed unasked if their downloads were here; None: all are.

    It says how to get them.
    """
    specs = {spec.name: spec for spec in known}
    absent = [spec for spec in specs.values() if spec.default_if_found and not found(spec, specs, engine)]
    if not absent:
        return None
    wanted = {one.name for spec in absent for one in downloads(spec, specs, engine)}
    commands = " and ".join(f"`aacbench fetch {name}`" for name in sorted(wanted))
    be, whose = ("are", "their models are") if absent[1:] else ("is", "its model is")
    labels = " and ".join(spec.label for spec in absent)
    return f"{labels} {be} left out: {whose} not here; {commands} gets {'them' if absent[1:] else 'it'}"


def resolved(kind: str, names: Sequence[str], known: Iterable[str], hint: str = "") -> list[str]:
    """Return the names as they are known, whatever the case of their letters.

    Raises:
        UserError: some are unknown; all of them are named at once.
    """
    known, matches, unknown = {*known}, list[str](), list[str]()
    for name in names:
        try:
            matches.append(resolve_name(kind, name, known))
        except UserError:
            unknown.append(name)
    if unknown:
        more = f"Unknown, too: {first_few(unknown[1:])}. " if unknown[1:] else ""
        raise unknown_name(kind, unknown[0], known, f"{more}{hint}".strip())
    return matches


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
