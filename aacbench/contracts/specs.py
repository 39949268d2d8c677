"""What hooks register: light specs that name a part and the code that makes it. Nothing here imports a network.

A `factory` is a callable or `"package.module:attribute"`, which is imported when the part is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from inspect import signature
from operator import not_
from typing import Any, ClassVar, Literal

from aacbench.contracts.renamed import accepts_renamed
from aacbench.errors import AacbenchError, unknown_name

Factory = str | Callable[..., Any]


@dataclass(frozen=True)
class DatasetSpec:
    """`factory(options: DatasetOptions) -> Dataset`; `fetch(target: Path, version: str | None) -> Path` downloads it.

    `download_size` says how many bytes that is: a number, or `download_size(version: str | None) -> int`; None is
    unknown. `options` names the dataset's own settings; `smoke` are those that the preset `smoke` runs with. One that
    is made of others (`composed`) is made by `factory(options, open)`, where `open(name, options)` returns another
    dataset.
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
    download_size: Factory | int | None = None


@dataclass(frozen=True)
class ClassList:
    """The names of a tagging head's classes on the web; `read(path: Path) -> Sequence[str]` gives them in its order."""

    name: str
    url: str
    read: Factory
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class PublishedWeights:
    """Weights on the web: `aacbench fetch NAME` gets them, `load(encoder, path)` puts them into the network.

    Where they have a tagging head, `classes` says what its outputs are, and `tagging` are the encoder's settings with
    which it tags (`contracts.TagsClips`, `aacbench tag`). `features` is their front-end where it is not the encoder's.
    """

    name: str
    url: str
    load: Factory
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    classes: ClassList | None = None
    tagging: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Any] = field(default_factory=dict)


@accepts_renamed(small="tiny", small_features="tiny_features")
@dataclass(frozen=True)
class EncoderSpec:
    """`factory(mel_bins: int, **settings) -> Encoder`; `features` are the front-end its published weights expect.

    `tiny` are settings, and `tiny_features` changes to `features`, with which it trains in minutes on two cores:
    what `aacbench.testing` and the presets `smoke` and `quick` of `seq2seq` use. One that is `waveform` reads features
    of that kind and is made by `factory(features: FeatureSettings, **settings)`.
    """

    kind: ClassVar[str] = "encoder"
    name: str
    summary: str
    factory: Factory
    features: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[PublishedWeights, ...] = ()
    tiny: Mapping[str, Any] = field(default_factory=dict)
    tiny_features: Mapping[str, Any] = field(default_factory=dict)
    waveform: bool = False


@accepts_renamed(small="tiny")
@dataclass(frozen=True)
class DecoderSpec:
    """`factory(vocabulary_size: int, encoder_dim: int, **settings) -> Decoder`; `tiny` as in `EncoderSpec`."""

    kind: ClassVar[str] = "decoder"
    name: str
    summary: str
    factory: Factory
    tiny: Mapping[str, Any] = field(default_factory=dict)


@accepts_renamed(small="tiny")
@dataclass(frozen=True)
class PretrainingSpec:
    """`factory(**settings) -> Pretraining`; `labels` names the `Clip` field that it learns from, "" is none.

    `label` says in a word what the encoder learns (`tags`), for tables. `tiny` as in `EncoderSpec`.
    """

    kind: ClassVar[str] = "pretraining"
    name: str
    summary: str
    factory: Factory
    labels: str = ""
    tiny: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True)
class Download:
    """What a part wants from the web: `aacbench fetch NAME` calls `fetch(target: Path | None) -> Path`.

    None as target is the part's own place in the cache. `find() -> Path | None` says where it lies already, for
    `aacbench doctor`; `size` is in bytes.
    """

    name: str
    summary: str
    fetch: Factory
    size: int | None = None
    find: Factory | None = None


MethodTask = Literal["captioning", "retrieval"]


@accepts_renamed(needs="requires", descriptive=("ranked", not_))
@dataclass(frozen=True)
class MetricSpec:
    """`factory(**settings) -> Metric`; `outputs` are the score names it gives (by default its own name).

    `requires` names the metrics, or outputs of metrics, whose scores it is composed of. `range` is (lowest, highest);
    `engines` says which engines have it; `default` whether `aacbench score` computes it unasked,
    `default_if_found` where its downloads, and those of what it requires, are found. `task` is what systems
    do that it scores.

    `label` is how papers write its name, `labels` how they write the outputs, in their order. `aggregate` says how the
    corpus score comes from the clips': as their `mean`, or from statistics that are `summed` over the clips, so that it
    need not be the mean. Where it is not `ranked`, it only describes, so it never orders systems and has no interval.
    Where there is room for a few numbers, those of the most `prominent` metrics are shown: of each its `headline`, by
    default all outputs. `downloads` are what it wants from the web, `needs_audio` that it hears the clips,
    `needs_server` that it asks one, `needs_candidates` that it compares several candidates of a clip.
    """

    kind: ClassVar[str] = "metric"
    name: str
    summary: str
    factory: Factory
    outputs: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    range: tuple[float, float] = (0.0, 1.0)
    engines: tuple[str, ...] = ("native",)
    default: bool = True
    default_if_found: bool = False
    ranked: bool = True
    label: str = ""
    labels: tuple[str, ...] = ()
    aggregate: Literal["mean", "summed"] = "mean"
    higher_is_better: bool = True
    prominent: int = 0
    headline: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    needs_audio: bool = False
    needs_server: bool = False
    needs_candidates: bool = False
    task: MethodTask = "captioning"
    of_references: tuple[str, ...] = ()
    """Those of its outputs that describe the references alone, so that they are the same for every system."""

    def __post_init__(self) -> None:
        set_field = partial(object.__setattr__, self)
        set_field("outputs", self.outputs or (self.name,))
        set_field("label", self.label or self.name)
        own = (self.label,) if self.outputs == (self.name,) else self.outputs
        set_field("labels", self.labels or own)
        set_field("headline", self.headline or self.outputs)
        if len(self.labels) != len(self.outputs):
            raise AacbenchError(f"the metric {self.name} has {len(self.outputs)} outputs and {len(self.labels)} labels")
        if not {*self.headline} <= {*self.outputs}:
            raise AacbenchError(f"the headline of the metric {self.name} names no outputs of it: {self.headline}")

    def label_of(self, output: str) -> str:
        """Return how papers write one of the outputs."""
        return self.labels[self.outputs.index(output)]


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of a paper's table: what it changes in the settings, and where the row stands."""

    name: str
    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    table: str = ""
    row: str = ""


Role = Literal["system", "floor", "ceiling"]


@dataclass(frozen=True)
class MethodSpec:
    """`factory() -> Method`, or `-> RetrievalMethod` for that task; the first variant is the default one.

    `outline() -> MethodConfig` has the method's settings and presets in a module that loads no torch, so that
    misspelt names are refused at once; None is the method itself. One that does not hear the clips (`needs_audio`
    false) runs where a dataset has captions alone.

    `paper` is the citation, `url` where the paper is found, `code` its authors' code. A `system` is ranked; a `floor`
    and a `ceiling` stand beside the ranked ones: what any system should beat, and what people reach.

    `dataset_versions` are the versions of datasets that the paper used, by the datasets' names: the preset `paper` runs
    on them unless another is asked for. `hardware` says for a preset what it wants, such as "24 GB of GPU memory".
    `task_of(settings) -> MethodTask` decides the task where the settings do.
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
    role: Role = "system"
    url: str = ""
    code: str = ""
    needs_audio: bool = True
    dataset_versions: Mapping[str, str] = field(default_factory=dict)
    hardware: Mapping[str, str] = field(default_factory=dict)
    task_of: Factory | None = None


@dataclass(frozen=True)
class TrackerSpec:
    """`factory(**settings) -> Tracker`, chosen by `--track NAME`; a factory that is no text is a module's own function.

    `packages` are modules it imports, and `install` is what pip installs them by: asked for before a run starts.
    """

    kind: ClassVar[str] = "tracker"
    name: str
    summary: str
    factory: Factory
    packages: tuple[str, ...] = ()
    install: str = ""


Spec = DatasetSpec | EncoderSpec | DecoderSpec | PretrainingSpec | MetricSpec | MethodSpec | TrackerSpec


def load(factory: Factory) -> Callable[..., Any]:
    """Return the callable that `factory` names, importing its module if need be.

    Raises:
        AacbenchError: there is no such module or attribute, or the module's own imports fail.
    """
    if not isinstance(factory, str):
        return factory
    module, _, attribute = factory.partition(":")
    try:
        imported: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise AacbenchError(f"cannot import {factory!r}, which a plugin names ({error})") from error
    return imported


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


def method_task(spec: MethodSpec, settings: Any) -> MethodTask:
    """Return what a method does under these settings: the spec's task, unless the settings decide; raises as `load`."""
    task: MethodTask = spec.task if spec.task_of is None else load(spec.task_of)(settings)
    return task


def outline(spec: MethodSpec) -> Any:
    """Return what is known of a method without its networks, an `MethodConfig`; raises as `load`."""
    return load(spec.outline or spec.factory)()
