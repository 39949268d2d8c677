"""What a plugin registers of a metric, and of what a metric wants from the web."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import not_
from typing import ClassVar, Literal

from aacbench.contracts.renamed import accepts_renamed
from aacbench.contracts.specs.factories import Factory
from aacbench.contracts.specs.methods import MethodTask
from aacbench.errors import AacbenchError


@dataclass(frozen=True)
class Download:
    """What a part wants from the web: `aacbench fetch NAME` calls `fetch(target: Path | None) -> Path`.

    None as target is the part's own place in the cache. `find() -> Path | None` says where it lies already, for
    `aacbench doctor`; `size` is in bytes. `engines` are those of a metric that want it; none named is all of them.
    """

    name: str
    summary: str
    fetch: Factory
    size: int | None = None
    find: Factory | None = None
    engines: tuple[str, ...] = ()

    def wanted_by(self, engine: str) -> bool:
        """Whether an engine wants it; `both` are all engines."""
        return not self.engines or engine == "both" or engine in self.engines


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
    `needs_server` that it asks one, `needs_candidates` that it compares several candidates of a clip,
    `needs_known_sounds` that it is for clips alone of which it is known what is heard in them. One that
    `needs_word_seconds` reads when a system attended at each word, and is left out of runs and boards for systems that
    do not say so.
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
    needs_known_sounds: bool = False
    needs_word_seconds: bool = False
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
