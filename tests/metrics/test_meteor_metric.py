"""METEOR as a metric: its signature, and intervals from summed statistics."""

from __future__ import annotations

import pytest

from aacbench.metrics.meteor.metric import MeteorMetric
from aacbench.scoring.resampling import intervals
from tests.metrics.conftest import Gold, tokens_as_given


def test_summed_statistics_give_the_corpus_score(gold: Gold) -> None:
    items = tokens_as_given(gold.candidates[:150], gold.references[:150])
    metric = MeteorMetric()
    (score,) = metric(items, {})
    statistics = metric.statistics(items)
    assert metric.from_statistics(statistics.sum(axis=0, keepdims=True))[0, 0] == pytest.approx(score.corpus, abs=1e-6)
    found = intervals(metric, items, [score], 300)["meteor"]
    assert found.low < score.corpus < found.high
    assert not found.of_item_mean


def test_signature() -> None:
    (score,) = MeteorMetric()(tokens_as_given(["a dog", ""], [["a dog"], ["b", ""]]), {})
    assert score.items is not None
    assert score.items == pytest.approx((1, 0), abs=1e-9)
    assert score.signature["options"] == "en-norm"
