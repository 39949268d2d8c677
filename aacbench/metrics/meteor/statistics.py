"""From an alignment's counts to METEOR's score: English ranking parameters.

A row of statistics holds 23 numbers in the order METEOR 1.5 prints them: words of the candidate and of the
reference; function words of both; for each of the four modules the content words it matched on both sides,
then the function words on both sides; chunks; matched words of both. A corpus is scored by the sum of its
items' rows.

Source: Denkowski and Lavie 2014, "Meteor Universal"; parameters alpha 0.85, beta 0.2, gamma 0.6, delta
0.75.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from aacbench.metrics.meteor.matching import Match

ALPHA: Final = 0.85
BETA: Final = 0.2
GAMMA: Final = 0.6
DELTA: Final = 0.75
WEIGHTS: Final = (1.0, 0.6, 0.8, 0.6)  # exact, stem, synonym, paraphrase
LENGTH: Final = 23
CHUNKS: Final = 20

Statistics = npt.NDArray[np.int64]


def count(chosen: list[Match], candidate_function: Sequence[bool], reference_function: Sequence[bool]) -> list[int]:
    """Return the statistics of an alignment, given which words on each side are function words."""
    row = [len(candidate_function), len(reference_function), sum(candidate_function), sum(reference_function)]
    row += [0] * (LENGTH - len(row))
    for match in chosen:
        sides = (
            candidate_function[match.candidate : match.candidate + match.candidate_words],
            reference_function[match.reference : match.reference + match.reference_words],
        )
        for side, words in enumerate(sides):
            row[4 + 4 * match.module + side] += len(words) - sum(words)
            row[6 + 4 * match.module + side] += sum(words)
            row[21 + side] += len(words)
    row[CHUNKS] = _chunks(chosen)
    return row


def _chunks(chosen: list[Match]) -> int:
    """Count the runs of matches that follow one another without a gap on both sides."""
    last = (-1, -1)
    chunks = 0
    for match in chosen:
        chunks += (match.reference, match.candidate) != last
        last = (match.reference + match.reference_words, match.candidate + match.candidate_words)
    return chunks


def score_rows(rows: Statistics) -> npt.NDArray[np.float64]:
    """Return the scores (0 to 1) of rows of statistics, shape (rows, 23)."""
    values = rows.astype(np.float64)
    modules = values[:, 4:20].reshape(-1, 4, 2, 2)  # module, content or function, candidate or reference
    weighted = np.zeros((len(rows), 2))
    for kind, share in ((0, DELTA), (1, 1.0 - DELTA)):  # in this order: the last bit of the sum depends on it
        for module, weight in enumerate(WEIGHTS):
            weighted += modules[:, module, kind] * weight * share
    content = values[:, :2] - values[:, 2:4]
    lengths = content * DELTA + values[:, 2:4] * (1.0 - DELTA)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = weighted / lengths
        means = 1.0 / ((1.0 - ALPHA) / ratios[:, 0] + ALPHA / ratios[:, 1])
        fragments = values[:, CHUNKS] / ((values[:, 21] + values[:, 22]) / 2)
    fragments[complete(rows)] = 0.0
    penalties = np.array([GAMMA * fragment**BETA for fragment in fragments.tolist()])
    scores: npt.NDArray[np.float64] = means * (1.0 - penalties)
    return np.where(np.isnan(scores), 0.0, scores)


def complete(rows: Statistics) -> npt.NDArray[np.bool_]:
    """Tell which rows have both sides matched in full, in one chunk."""
    full: npt.NDArray[np.bool_] = (rows[:, 0] == rows[:, 21]) & (rows[:, 1] == rows[:, 22]) & (rows[:, CHUNKS] == 1)
    return full


def best_rows(scores: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the first row with the best score of each group; group i is rows starts[i] to starts[i + 1]."""
    return np.array(
        [start + int(np.argmax(scores[start:stop])) for start, stop in pairwise(starts.tolist())],
        np.int64,
    )


def corpus_score(rows: Statistics) -> float:
    """Return the score of summed statistics; an item complete in one chunk adds no chunk."""
    rows = rows.copy()
    rows[complete(rows), CHUNKS] = 0
    total = rows.sum(axis=0, keepdims=True)
    return float(score_rows(total)[0])
