"""Mean average precision equals scikit-learn's, ties included."""

from __future__ import annotations

import numpy as np
import pytest

from aacbench.pretraining.average_precision import mean_average_precision


@pytest.mark.parametrize("levels", [2, 3, 10, 10**9])
def test_equals_scikit_learn(levels: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    generator = np.random.default_rng(levels)
    scores = generator.integers(0, levels, (40, 6)).astype(float)
    targets = (generator.random((40, 6)) < 0.3).astype(float)
    wanted = metrics.average_precision_score(targets, scores, average="macro")
    assert mean_average_precision(scores, targets) == pytest.approx(wanted, abs=1e-12)


def test_the_order_of_equal_scores_does_not_matter() -> None:
    scores, targets = np.zeros((4, 1)), np.array([[1.0], [0.0], [0.0], [0.0]])
    assert mean_average_precision(scores, targets) == mean_average_precision(scores, targets[::-1]) == 0.25
    assert mean_average_precision(scores, np.zeros((4, 1))) == 0.0
