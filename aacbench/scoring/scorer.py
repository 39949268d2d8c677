"""Metrics with a lifetime: made once from their specs, prepared with references, and called with any number of batches.

Whatever scores does it through a `Scorer`: `score`, a run, its validations, rewards in training, boards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from aacbench.contracts import Metric, MetricSpec, load
from aacbench.errors import AacbenchError, UserError
from aacbench.scoring.select import ordered
from aacbench.scoring.signatures import stated
from aacbench.scoring.tokens import tokenizer
from aacbench.types import RankedItems, ReferenceSet, Score, ScoringItems

MetricSettings = Mapping[str, Mapping[str, Any]]


@runtime_checkable
class Cautious(Protocol):
    """What metrics of earlier releases called `Metric.warnings`."""

    def cautions(self, items: ScoringItems) -> list[str]:
        """Return one line a warning."""
        ...


class Scorer:
    """The metrics of `specs`, each after those it needs.

    `settings` are keyword arguments by spec name: `{"sbert_sim": {"model": "..."}}`.

    Raises:
        UserError: a metric needs one that is not among `known` (by default `specs`), or takes no such settings.
    """

    def __init__(
        self,
        specs: Sequence[MetricSpec],
        engine: str = "native",
        settings: MetricSettings | None = None,
        known: Sequence[MetricSpec] | None = None,
    ) -> None:
        self.specs = tuple(ordered(specs, specs if known is None else known))
        self.engines = {spec.name: _engine_of(spec, engine, settings or {}) for spec in self.specs}
        self.metrics = {spec.name: build(spec, self.engines[spec.name], settings or {}) for spec in self.specs}
        self.references: ReferenceSet | None = None
        self._outputs = {spec.name: spec.outputs for spec in self.specs}
        self._tokenise = tokenizer(engine)

    def only(self, specs: Sequence[MetricSpec]) -> Scorer:
        """Return a scorer with these of its metrics alone, which are the same objects, prepared as they are."""
        part = copy(self)
        part.specs = tuple(specs)
        part.metrics = {spec.name: self.metrics[spec.name] for spec in specs}
        return part

    def check_ready(self) -> None:
        """Make sure that what the metrics need is there, before anything is computed.

        Raises:
            UserError: it is not.
        """
        metrics = [metric for metric in self.metrics.values() if isinstance(metric, Metric)]
        for metric in metrics:  # what is missing is said before another's model takes seconds to load
            metric.check_present()
        for metric in metrics:
            metric.check_ready()

    def prepare(self, references: ReferenceSet) -> None:
        """Tell the metrics the references of the clips that will be scored."""
        self.references = references
        for metric in self.metrics.values():
            if isinstance(metric, Metric):
                metric.prepare(references)

    def warnings(self, items: ScoringItems) -> list[str]:
        """Return what a reader should know about the scores of these items."""
        lines: list[str] = []
        for metric in self.metrics.values():
            if isinstance(metric, Metric):
                lines += metric.warnings(items)
            elif isinstance(metric, Cautious):
                lines += metric.cautions(items)
        return lines

    def score(self, captions: Sequence[str], rows: Sequence[int] | None = None) -> dict[str, Score]:
        """Return the scores of captions for the prepared clips: of all in order, or caption n of clip `rows[n]`."""
        if self.references is None:
            raise AacbenchError("a scorer wants `prepare` before captions alone")
        rows = range(len(self.references)) if rows is None else rows
        return self(self.references.with_candidates(rows, captions, self._tokenise(captions)))

    def __call__(self, items: ScoringItems) -> dict[str, Score]:
        """Return the scores of the items by output name, with the metrics' own signatures.

        Raises:
            AacbenchError: a metric gives other scores than its spec says, or another number of values than of clips.
        """
        scores: dict[str, Score] = {}
        for spec in self.specs:
            names = [name for need in spec.requires for name in self._outputs.get(need, (need,))]
            given = self._of_all_candidates(items, names) if spec.needs_candidates and items.alternatives else scores
            needed = {name: self._part(given[name]) for name in names}
            scores.update({score.name: score for score in run_metric(spec, self.metrics[spec.name], items, needed)})
        return scores

    def _part(self, score: Score) -> Score:
        """Return a score as metrics composed of others are given it: what it says of itself in order."""
        engine = next(self.engines[spec] for spec, outputs in self._outputs.items() if score.name in outputs)
        return replace(score, signature=stated(score.signature, engine))

    def _of_all_candidates(self, items: ScoringItems, names: Sequence[str]) -> dict[str, Score]:
        """Return scores with a value for each of all candidates of all clips, one clip's after the other's."""
        flat = [text for texts in items.alternatives for text in texts]
        rows = [row for row, texts in enumerate(items.alternatives) for _ in texts]
        every = items.reference_set().with_candidates(rows, flat, self._tokenise(flat))
        wanted = [spec for spec in self.specs if {spec.name, *spec.outputs} & {*names}]
        scores: dict[str, Score] = {}
        for spec in ordered(wanted, self.specs):
            parts = [name for need in spec.requires for name in self._outputs.get(need, (need,))]
            needed = {name: self._part(scores[name]) for name in parts}
            scores.update({score.name: score for score in run_metric(spec, self.metrics[spec.name], every, needed)})
        return scores

    def remarks(self) -> list[str]:
        """Return what the metrics say of the last call."""
        return [line for metric in self.metrics.values() if isinstance(metric, Metric) for line in metric.remarks()]


def _engine_of(spec: MetricSpec, engine: str, settings: MetricSettings) -> str:
    """Return who computes a metric: what its settings say, else `engine`, else the first that it has."""
    own = str(settings.get(spec.name, {}).get("engine", engine))
    return own if own in spec.engines else spec.engines[0]


def build(spec: MetricSpec, engine: str, settings: MetricSettings) -> Any:
    """Return the metric of `spec`; the engine is passed on where the spec has more than one.

    Raises:
        UserError: the metric does not take its settings.
    """
    own = dict(settings.get(spec.name, {}))
    if len(spec.engines) > 1:
        own.setdefault("engine", engine)
    try:
        return load(spec.factory)(**own)
    except TypeError as error:
        raise UserError(f"the metric {spec.name!r} does not take these settings ({error})") from error


def run_metric(
    spec: MetricSpec,
    metric: Callable[[Any, Mapping[str, Score]], Sequence[Score]],
    items: ScoringItems | RankedItems,
    needed: Mapping[str, Score],
) -> Sequence[Score]:
    """Return what the metric of `spec` gives for the items, checked against what the spec says.

    Raises:
        AacbenchError: other scores than the spec's, or another number of values than of clips.
    """
    scores = metric(items, needed)
    names = tuple(score.name for score in scores)
    if names != spec.outputs:
        raise AacbenchError(f"the metric {spec.name!r} gave {names}; its spec says {spec.outputs}")
    wrong = next((score for score in scores if score.items is not None and len(score.items) != len(items)), None)
    if wrong is not None:
        raise AacbenchError(f"the metric {wrong.name!r} gave {len(wrong.items or ())} values for {len(items)} clips")
    return scores
