"""Mean average precision of tagging: mean over labels that occur, average precision per label over ranked clips."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_average_precision(scores: NDArray[Any], targets: NDArray[Any]) -> float:
    """Scores and targets (clips, labels) give a value in [0, 1]; equal scores keep the clips' order.

    Labels without a positive clip are left out; 0 where no label has one.
    """
    values = []
    for column in range(targets.shape[1]):
        wanted = targets[:, column] > 0
        if not wanted.any():
            continue
        ranked = wanted[np.argsort(-scores[:, column], kind="stable")]
        precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
        values.append(float(precision[ranked].mean()))
    return float(np.mean(values)) if values else 0.0
