"""What hooks register: light specs that name a part and the code that makes it. Nothing here imports a network.

A `factory` is a callable or `"package.module:attribute"`, which is imported when the part is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from typing import Any, ClassVar, Literal

from aacbench.errors import AacbenchError, unknown_name

Factory = str | Callable[..., Any]


@dataclass(frozen=True)
class DatasetSpec:
    """`factory(options: DatasetOptions) -> Dataset`; `fetch(target: Path, version: str | None) -> Path` downloads it.

    `options` names the dataset's own settings; `smoke` are those that the preset `smoke` runs with. One that is made of
    others (`composed`) is made by `factory(options, open)`, where `open(name, options)` returns another dataset.
    """

    kind: ClassVar[str] = "dataset"
    name: str
    summary: str
    factory: Factory
    licence: str = ""
    citation: str = ""
    versions: tuple[str, ...] = ()
    fetch: Factory | None = None
    options: tuple[str, ...] = ()
    smoke: Mapping[str, str] = field(default_factory=dict)
    embedded: bool = False
    composed: bool = False


@dataclass(frozen=True)
class PublishedWeights:
    """Weights on the web: `aacbench fetch NAME` gets them, `load(encoder, path)` puts them into the network."""

    name: str
    url: str
    load: Factory
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class EncoderSpec:
    """`factory(mel_bins: int, **settings) -> Encoder`; `features` are the front-end its published weights expect.

    `small` are settings, and `tiny_features` changes to `features`, with which it trains in minutes on two cores:
    what `aacbench.testing` and the presets `smoke` and `quick` of `seq2seq` use. One that is `waveform` reads features
    of that kind and is made by `factory(features: FeatureSettings, **settings)`.
    """

    kind: ClassVar[str] = "encoder"
    name: str
    summary: str
    factory: Factory
    features: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[PublishedWeights, ...] = ()
    small: Mapping[str, Any] = field(default_factory=dict)
    tiny_features: Mapping[str, Any] = field(default_factory=dict)
    waveform: bool = False


@dataclass(frozen=True)
class DecoderSpec:
    """`factory(vocabulary_size: int, encoder_dim: int, **settings) -> Decoder`; `small` as in `EncoderSpec`."""

    kind: ClassVar[str] = "decoder"
    name: str
    summary: str
    factory: Factory
    small: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PretrainingSpec:
    """`factory(**settings) -> Pretraining`; `labels` names the `Clip` field that it learns from, "" is none.

    `small` as in `EncoderSpec`.
    """

    kind: ClassVar[str] = "pretraining"
    name: str
    summary: str
    factory: Factory
    labels: str = ""
    small: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MetricSpec:
    """`factory(**settings) -> Metric`; `outputs` are the score names it gives (by default its own name).

    `range` is (lowest, highest); `engines` says which engines have it; `default` whether `aacbench score` computes it
    unasked; `descriptive` that more is not better, so it never ranks.
    """

    kind: ClassVar[str] = "metric"
    name: str
    summary: str
    factory: Factory
    outputs: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    range: tuple[float, float] = (0.0, 1.0)
    engines: tuple[str, ...] = ("native",)
    default: bool = True
    descriptive: bool = False

    def __post_init__(self) -> None:
        if not self.outputs:
            object.__setattr__(self, "outputs", (self.name,))


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of a paper's table: what it changes in the settings, and where the row stands."""

    name: str
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""
    row: str = ""


MethodTask = Literal["captioning", "retrieval"]


@dataclass(frozen=True)
class MethodSpec:
    """`factory() -> Method`, or `-> RetrievalMethod` for that task; the first variant is the default one.

    `outline() -> MethodConfig` has the method's settings and presets in a module that loads no torch, so that
    misspelt names are refused at once; None is the method itself.
    """

    kind: ClassVar[str] = "method"
    name: str
    summary: str
    factory: Factory
    paper: str = ""
    variants: tuple[Variant, ...] = (Variant("default", "the method as it is"),)
    presets: tuple[str, ...] = ("smoke", "quick", "paper")
    task: MethodTask = "captioning"
    outline: Factory | None = None


Spec = DatasetSpec | EncoderSpec | DecoderSpec | PretrainingSpec | MetricSpec | MethodSpec


def load(factory: Factory) -> Callable[..., Any]:
    """Return the callable that `factory` names, importing its module if need be.

    Raises:
        AacbenchError: there is no such module or attribute, or the module's own imports fail.
    """
    if not isinstance(factory, str):
        return factory
    module, _, attribute = factory.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise AacbenchError(f"cannot import {factory!r}, which a plugin names ({error})") from error
    return found


def make(spec: Spec, **arguments: Any) -> Any:
    """Return what the spec's factory makes of `arguments`.

    Raises:
        UserError: the factory does not take one of them, which is a setting; near matches are named.
        AacbenchError: the factory cannot be imported.
    """
    factory = load(spec.factory)
    taken = signature(factory).parameters.values()
    known = [one.name for one in taken if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if not any(one.kind is one.VAR_KEYWORD for one in taken):
        for name in arguments:
            if name not in known:
                raise unknown_name(f"setting of the {spec.kind} {spec.name}", name, known)
    return factory(**arguments)


def outline(spec: MethodSpec) -> Any:
    """Return what is known of a method without its networks, an `MethodConfig`; raises as `load`."""
    return load(spec.outline or spec.factory)()
