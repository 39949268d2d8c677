"""Typed registries: names to specs, each with the plugin it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aacbench.contracts.specs import (
    DatasetSpec,
    DecoderSpec,
    EncoderSpec,
    MethodSpec,
    MetricSpec,
    PretrainingSpec,
    Spec,
    TrackerSpec,
    load,
)
from aacbench.errors import AacbenchError, UserError, resolve_name

if TYPE_CHECKING:
    from aacbench.contracts.datasets import Dataset, DatasetOptions

S = TypeVar("S", bound=Spec)


class RegistrationError(AacbenchError):
    """A plugin registered something that cannot be taken; raised inside that plugin's hook."""


class Registry(Generic[S]):
    """Specs of one kind by name, in the order they were registered."""

    def __init__(self, spec_type: type[S]) -> None:
        self.spec_type = spec_type
        self.kind = spec_type.kind
        self._specs: dict[str, S] = {}
        self._origins: dict[str, str] = {}
        self.broken: dict[str, str] = {}

    def registrar(self, origin: str) -> Callable[[S], None]:
        """Return the `register` callable handed to the plugin `origin`."""

        def register(spec: S) -> None:
            self.add(spec, origin)

        return register

    def add(self, spec: S, origin: str) -> None:
        """Add `spec`, which `origin` brings.

        Raises:
            RegistrationError: it is of another kind, has no usable name, or the name is taken (both origins are named).
        """
        if not isinstance(spec, self.spec_type):
            raise RegistrationError(
                f"{origin} registered a {type(spec).__name__} as a {self.kind}; wanted a {self.spec_type.__name__}"
            )
        if not spec.name or spec.name != spec.name.strip().lower() or " " in spec.name:
            raise RegistrationError(
                f"{origin} registered a {self.kind} named {spec.name!r}; wanted lower case without blanks"
            )
        if spec.name in self._specs:
            raise RegistrationError(
                f"{origin} registered the {self.kind} {spec.name!r}, which {self._origins[spec.name]} already "
                "brings; rename one, or switch a plugin off with AACBENCH_DISABLE_PLUGINS"
            )
        self._specs[spec.name] = spec
        self._origins[spec.name] = origin

    def remove_origin(self, origin: str) -> None:
        """Take back everything that `origin` registered: a plugin is in whole or not at all."""
        for name in [name for name, owner in self._origins.items() if owner == origin]:
            del self._specs[name], self._origins[name]

    def __getitem__(self, name: str) -> S:
        """Return the spec called `name`, whatever the case of its letters.

        Raises:
            UserError: no such name, with near matches; says so when a broken plugin might have brought it.
        """
        if name in self._specs:
            return self._specs[name]
        if name in self.broken:
            raise UserError(f"the {self.kind} {name!r} belongs to a plugin that is broken: {self.broken[name]}")
        hint = "".join(f" Broken plugin {plugin}: {why}." for plugin, why in self.broken.items())
        return self._specs[resolve_name(self.kind, name, self._specs, hint.strip())]

    def __contains__(self, name: object) -> bool:
        return name in self._specs

    def __iter__(self) -> Iterator[S]:
        return iter(self._specs.values())

    def __len__(self) -> int:
        return len(self._specs)

    def names(self) -> list[str]:
        """Return the registered names, in the order they were registered."""
        return list(self._specs)

    def origin(self, name: str) -> str:
        """Return which plugin brought `name`."""
        return self._origins[name]


@dataclass
class Registries:
    """One registry a kind."""

    datasets: Registry[DatasetSpec] = field(default_factory=lambda: Registry(DatasetSpec))
    encoders: Registry[EncoderSpec] = field(default_factory=lambda: Registry(EncoderSpec))
    decoders: Registry[DecoderSpec] = field(default_factory=lambda: Registry(DecoderSpec))
    pretraining: Registry[PretrainingSpec] = field(default_factory=lambda: Registry(PretrainingSpec))
    metrics: Registry[MetricSpec] = field(default_factory=lambda: Registry(MetricSpec))
    methods: Registry[MethodSpec] = field(default_factory=lambda: Registry(MethodSpec))
    trackers: Registry[TrackerSpec] = field(default_factory=lambda: Registry(TrackerSpec))

    def dataset(self, name: str, options: DatasetOptions) -> Dataset:
        """Return the dataset called `name`.

        Raises:
            UserError: there is none, or it is not where the options say, or has no such settings.
        """
        spec = self.datasets[name]
        more = (self.dataset,) if spec.composed else ()
        dataset: Dataset = load(spec.factory)(options.of(name), *more)
        return dataset

    @property
    def default_dataset(self) -> str:
        """The dataset that is used where none is named: the first that is embedded, which wants no download.

        Raises:
            UserError: none is embedded.
        """
        embedded = next((spec.name for spec in self.datasets if spec.embedded), None)
        if embedded is None:
            raise UserError("no installed dataset is embedded; name one with --dataset")
        return embedded

    def by_hook(self) -> dict[str, Registry[Any]]:
        """Return the registries by the kind that their hook is named after, in the order hooks are called."""
        return {
            "datasets": self.datasets,
            "encoders": self.encoders,
            "decoders": self.decoders,
            "pretraining": self.pretraining,
            "metrics": self.metrics,
            "methods": self.methods,
            "trackers": self.trackers,
        }
