"""Scoring: candidates and references in, scores with signatures out.

Metrics come as specs and run in the order their `requires` ask for. Captions are tokenised once an engine: by
the native tokenizer, or by the official jar for `reference`. Engine `both` returns the native scores and how
far the official ones lie from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from aacbench.contracts import Metric, MetricSpec, load
from aacbench.errors import AacbenchError, UserError, first_few
from aacbench.scoring.report import Difference, Interval, ScoreReport
from aacbench.scoring.resampling import intervals
from aacbench.scoring.select import ordered
from aacbench.scoring.signatures import complete
from aacbench.types import Score, ScoringItems

ENGINES = ("native", "reference", "both")
TOKENISER = {"native": "ptb-3.4.1", "reference": "ptb-3.4.1-jar"}
MetricSettings = Mapping[str, Mapping[str, Any]]


@runtime_checkable
class Cautious(Protocol):
    """A metric that can say what a reader should know about its score of these items."""

    def cautions(self, items: ScoringItems) -> list[str]:
        """Return one line a caution."""
        ...


def score_items(
    ids: Sequence[str],
    candidates: Sequence[str],
    references: Sequence[Sequence[str]],
    specs: Sequence[MetricSpec],
    engine: str = "native",
    settings: MetricSettings | None = None,
    resamples: int = 0,
    seed: int = 0,
) -> ScoreReport:
    """Score N candidates against their references (any number a clip) with every metric of `specs`.

    `settings` are keyword arguments by spec name: `{"sbert": {"model": "..."}}`. With `resamples`, every
    score gets a bootstrap 95 % confidence interval.

    Raises:
        UserError: lengths differ, ids repeat, a clip has no reference, nothing to score, the engine is
            unknown, or a metric needs one that is not in `specs`.
    """
    if engine not in ENGINES:
        raise UserError(f"unknown engine {engine!r}; wanted one of {', '.join(ENGINES)}")
    _check(ids, candidates, references)
    specs = ordered(specs, specs)
    settings = settings or {}
    first = "native" if engine == "both" else engine
    items = tokenised(ids, candidates, references, first)
    done = _compute(items, specs, first, settings, resamples, seed)
    differences: dict[str, Difference] = {}
    if engine == "both":
        twice = [spec for spec in specs if "reference" in spec.engines]
        official_items = tokenised(ids, candidates, references, "reference")
        official = _compute(official_items, ordered(twice, specs), "reference", settings).scores
        differences = {
            name: difference(done.scores[name], official[name], ids) for spec in twice for name in spec.outputs
        }
    return ScoreReport(items, done.scores, tuple(done.cautions), differences, done.intervals)


def tokenised(
    ids: Sequence[str], candidates: Sequence[str], references: Sequence[Sequence[str]], engine: str
) -> ScoringItems:
    """Return the items with their Penn Treebank tokens, by the native tokenizer or by the official jar."""
    if engine == "reference":
        from aacbench.text.ptb_reference import tokenize_captions
    else:
        from aacbench.text.ptb import tokenize_captions
    flat = [*candidates, *(text for captions in references for text in captions)]
    tokens = iter(tokenize_captions(flat))
    return ScoringItems(
        ids=tuple(ids),
        candidates=tuple(candidates),
        references=tuple(tuple(captions) for captions in references),
        candidate_tokens=tuple(next(tokens) for _ in candidates),
        reference_tokens=tuple(tuple(next(tokens) for _ in captions) for captions in references),
    )


def build(spec: MetricSpec, engine: str, settings: MetricSettings) -> Metric:
    """Return the metric of `spec`; the engine is passed on where the spec has more than one."""
    own = dict(settings.get(spec.name, {}))
    if len(spec.engines) > 1:
        own.setdefault("engine", engine)
    try:
        metric: Metric = load(spec.factory)(**own)
    except TypeError as error:
        raise UserError(f"the metric {spec.name!r} does not take these settings ({error})") from error
    return metric


def difference(native: Score, official: Score, ids: Sequence[str]) -> Difference:
    """Return how far the official score lies from the native one."""
    corpus = abs(native.corpus - official.corpus)
    if native.items is None or official.items is None:
        return Difference(corpus)
    gaps = [abs(mine - theirs) for mine, theirs in zip(native.items, official.items, strict=True)]
    row = max(range(len(gaps)), key=gaps.__getitem__)
    return Difference(corpus, gaps[row], ids[row])


@dataclass
class _Computed:
    scores: dict[str, Score] = field(default_factory=dict)
    cautions: list[str] = field(default_factory=list)
    intervals: dict[str, Interval] = field(default_factory=dict)


def _compute(
    items: ScoringItems,
    specs: Sequence[MetricSpec],
    engine: str,
    settings: MetricSettings,
    resamples: int = 0,
    seed: int = 0,
) -> _Computed:
    done = _Computed()
    makers = {spec.name: spec.outputs for spec in specs}
    for spec in specs:
        used = engine if engine in spec.engines else spec.engines[0]
        metric = build(spec, used, settings)
        if isinstance(metric, Cautious):
            done.cautions += metric.cautions(items)
        needed = {name: done.scores[name] for need in spec.requires for name in makers.get(need, (need,))}
        found = run_metric(spec, metric, items, needed)
        for score in found:
            signature = complete(score.signature, score.name, spec, items, used, TOKENISER[engine])
            done.scores[score.name] = Score(score.name, score.corpus, score.items, signature)
        if resamples and spec.ranked:
            done.intervals |= intervals(metric, items, list(found), resamples, seed)
    return done


def run_metric(spec: MetricSpec, metric: Metric, items: ScoringItems, needed: Mapping[str, Score]) -> Sequence[Score]:
    """Return what the metric of `spec` gives for the items, checked against what the spec says.

    Raises:
        AacbenchError: other scores than the spec's, or another number of values than of clips.
    """
    found = metric(items, needed)
    names = tuple(score.name for score in found)
    if names != spec.outputs:
        raise AacbenchError(f"the metric {spec.name!r} gave {names}; its spec says {spec.outputs}")
    wrong = next((score for score in found if score.items is not None and len(score.items) != len(items)), None)
    if wrong is not None:
        raise AacbenchError(f"the metric {wrong.name!r} gave {len(wrong.items or ())} values for {len(items)} clips")
    return found


def _check(ids: Sequence[str], candidates: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    if not len(ids) == len(candidates) == len(references):
        raise UserError(
            f"wanted one candidate and one list of references a clip; got {len(ids)} clips, "
            f"{len(candidates)} candidates and {len(references)} lists of references"
        )
    if not ids:
        raise UserError("nothing to score: there are no clips")
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        twice = [clip for clip in ids if clip in seen or seen.add(clip)]  # type: ignore[func-returns-value]
        raise UserError(f"every clip is scored once; these come more than once: {first_few(twice)}")
    if any(isinstance(captions, str) for captions in references):
        raise UserError("references are a list of captions a clip; got a plain string")
    without = [clip for clip, captions in zip(ids, references, strict=True) if not captions]
    if without:
        raise UserError(f"every clip needs at least one reference; without any: {first_few(without)}")
