"""Mean average precision of tagging: mean over labels that occur, average precision per label over ranked clips."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_average_precision(scores: NDArray[Any], targets: NDArray[Any]) -> float:
    """Scores and targets (clips, labels) give a value in [0, 1].

    Clips of equal scores share a rank, as in scikit-learn: their order does not matter. Labels without a positive clip
    are left out; 0 where no label has one.
    """
    columns = [column for column in range(targets.shape[1]) if (targets[:, column] > 0).any()]
    values = [average_precision(scores[:, column], targets[:, column] > 0) for column in columns]
    return float(np.mean(values)) if values else 0.0


def average_precision(scores: NDArray[Any], wanted: NDArray[np.bool_]) -> float:
    """Scores (N,) and which of the N are right give the mean precision over the right ones, at each one's score."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(wanted[order])
    last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # of each group of equal scores
    precision = hits[last] / (last + 1)
    gained = np.diff(hits[last], prepend=0)
    return float((gained * precision).sum() / hits[-1])
