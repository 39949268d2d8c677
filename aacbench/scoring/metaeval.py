"""Which metric agrees with people: accuracy on pairs of captions, correlation with ratings, intervals and tests.

A metric is right on a pair if it gives the caption that most people preferred a higher score (a lower one, where lower
is better); equal scores are wrong, pairs without a majority do not count. Intervals are bootstrap ones over pairs (or
rated captions), tests between metrics are paired randomisation over the same ones, corrected after Holm by the reader
where many are made. All captions are scored together, so document frequencies are those of all their references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aacbench.contracts import MetricSpec
from aacbench.errors import UserError
from aacbench.scoring.core import score_items
from aacbench.scoring.judgements import Judgements
from aacbench.scoring.resampling import compare_items
from aacbench.scoring.scorer import MetricSettings
from aacbench.types import Score

TOTAL = "total"
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a metric agrees with people in a category: a share or a correlation, with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Tested:
    """Two metrics on the same pairs: the difference of their accuracies, and the chance of it without one."""

    first: str
    second: str
    difference: float
    p_value: float


@dataclass(frozen=True)
class MetaReport:
    """Agreement by metric and category (`total` is all); correlations by metric and kind; tests between metrics."""

    accuracy: dict[str, dict[str, Agreement]] = field(default_factory=dict)
    correlation: dict[str, dict[str, Agreement]] = field(default_factory=dict)
    tests: tuple[Tested, ...] = ()
    signatures: dict[str, dict[str, object]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def evaluate_metrics(
    judgements: Judgements,
    specs: Sequence[MetricSpec],
    outputs: Sequence[str],
    engine: str = "native",
    settings: MetricSettings | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> MetaReport:
    """Score all captions that were judged, and compare the metrics' choices with people's.

    With the engine `both`, metrics that have a reference engine come twice: `spice` and `spice (reference)`.

    Raises:
        UserError: nothing was decided, no metric has a value a caption, or a metric cannot be computed.
    """
    pairs, rated = judgements.pairs, judgements.rated
    captions = [*(text for pair in pairs for text in pair.captions), *(one.caption for one in rated)]
    references = [*(texts for pair in pairs for texts in pair.references), *(one.references for one in rated)]
    ids = [str(number) for number in range(len(captions))]
    scores, warnings = _scores(ids, captions, references, specs, outputs, engine, settings)
    signs = {name: 1.0 if spec.higher_is_better else -1.0 for spec in specs for name in spec.outputs}
    values = {
        label: signs[score.name] * np.asarray(score.items, np.float64)
        for label, score in scores.items()
        if score.items is not None
    }
    if not values:
        raise UserError("none of these metrics has a value for each caption, so none can be compared with people")
    right = {name: _right(row[: 2 * len(pairs)], judgements) for name, row in values.items()}
    decided = [pair.category for pair in pairs if pair.preference]
    if pairs and not decided and not rated:
        raise UserError(f"{judgements.path}: on none of {len(pairs)} pairs was there a majority")
    accuracy = {name: _by_category(row, decided, resamples, seed) for name, row in right.items()} if decided else {}
    correlation = {}
    if len(rated) > 2:
        theirs = np.array([one.rating for one in rated])
        correlation = {
            name: _correlations(row[2 * len(pairs) :], theirs, resamples, seed) for name, row in values.items()
        }
    signatures = {label: dict(scores[label].signature) for label in values}
    tests = _tests(right, resamples, seed) if len(decided) > 1 else ()
    return MetaReport(accuracy, correlation, tests, signatures, warnings)


def _scores(
    ids: Sequence[str],
    captions: Sequence[str],
    references: Sequence[Sequence[str]],
    specs: Sequence[MetricSpec],
    outputs: Sequence[str],
    engine: str,
    settings: MetricSettings | None,
) -> tuple[dict[str, Score], tuple[str, ...]]:
    """Return the scores that were asked for, those of the reference engine with it in their label, and warnings."""
    if engine != "both":
        report = score_items(ids, captions, references, specs, engine, settings)
        return {name: report.scores[name] for name in outputs}, report.warnings
    official = [spec for spec in specs if "reference" in spec.engines]
    theirs = score_items(ids, captions, references, official, "reference", settings)  # what may lack something is first
    ours = score_items(ids, captions, references, specs, "native", settings)
    scores = {}
    for name in outputs:
        scores[name] = ours.scores[name]
        if name in theirs.scores:
            scores[f"{name} (reference)"] = theirs.scores[name]
    return scores, tuple(dict.fromkeys((*ours.warnings, *theirs.warnings)))


def _right(values: FloatArray, judgements: Judgements) -> FloatArray:
    """Return 1 for each decided pair on which the metric prefers what people do, else 0."""
    gaps = values[0::2] - values[1::2]
    preferences = np.array([pair.preference for pair in judgements.pairs])
    decided = preferences != 0
    right: FloatArray = (gaps[decided] * preferences[decided] > 0).astype(np.float64)
    return right


def _by_category(right: FloatArray, categories: Sequence[str], resamples: int, seed: int) -> dict[str, Agreement]:
    agreements = {}
    for category in [*dict.fromkeys(categories), TOTAL]:
        chosen = right[[category in (TOTAL, own) for own in categories]]
        drawn = chosen[_drawn(len(chosen), resamples, seed)].mean(1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        agreements[category] = Agreement(float(chosen.mean()), float(low), float(high), len(chosen))
    return agreements


def _drawn(count: int, resamples: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, 7]).integers(count, size=(resamples, count))


def _tests(right: Mapping[str, FloatArray], resamples: int, seed: int) -> tuple[Tested, ...]:
    tested = []
    for first, second in combinations(right, 2):
        comparison = compare_items(right[second], right[first], max(100, resamples), seed)
        tested.append(Tested(first, second, comparison.difference, comparison.p_randomisation))
    return tuple(tested)


def _correlations(ours: FloatArray, theirs: FloatArray, resamples: int, seed: int) -> dict[str, Agreement]:
    rows = _drawn(len(ours), resamples, seed)
    agreements = {}
    for kind, measure in (("pearson", pearson), ("spearman", spearman), ("kendall", kendall)):
        some = rows if kind != "kendall" or len(ours) <= 300 else rows[:100]  # its cost is the square of the captions
        drawn = np.array([measure(ours[row], theirs[row]) for row in some])
        low, high = np.quantile(drawn, [0.025, 0.975])
        agreements[kind] = Agreement(measure(ours, theirs), float(low), float(high), len(ours))
    return agreements


def pearson(ours: FloatArray, theirs: FloatArray) -> float:
    """Return the linear correlation; 0 where one of them never changes."""
    if np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return 0.0
    return float(np.corrcoef(ours, theirs)[0, 1])


def spearman(ours: FloatArray, theirs: FloatArray) -> float:
    """Return the correlation of ranks; equal values share the mean of theirs."""
    return pearson(_ranks(ours), _ranks(theirs))


def _ranks(values: FloatArray) -> FloatArray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_ranks: FloatArray = (ends - (counts - 1) / 2).astype(np.float64)
    return mean_ranks[inverse]


def kendall(ours: FloatArray, theirs: FloatArray) -> float:
    """Return tau-b: concordant less discordant pairs, ties on either side taken into account."""
    left, right = np.sign(ours[:, None] - ours), np.sign(theirs[:, None] - theirs)
    scale = np.sqrt(float((left**2).sum()) * float((right**2).sum()))
    return float((left * right).sum() / scale) if scale else 0.0
