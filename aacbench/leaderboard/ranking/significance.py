"""The difference of two systems on a board, from the records of their seeds.

Scores of the queries of one clip are one number: they are not independent. What is tested is the mean over clips; of a
metric whose corpus score is another statistic nothing is said, since rows do not hold its statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from aacbench.leaderboard.store.boards import Board
from aacbench.leaderboard.store.entries import MILLION, Entry
from aacbench.scoring.seeds import Effect, Pool, compare_systems, pooled

SEEDS = 3  # that both have: fewer decide nothing
LEVELS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


def stars(effect: Effect) -> str:
    """Return the usual stars of a p-value; none below three seeds."""
    if effect.p is None or effect.seeds < SEEDS:
        return ""
    return next((mark for level, mark in LEVELS if effect.p < level), "")


def compare_entries(
    board: Board, worse: Sequence[Entry], better: Sequence[Entry], metric: str, pool: Pool | None
) -> Effect | None:
    """Return how far `better` is ahead of `worse` on the clips and the seeds that both have, as a fraction.

    Systems without a common seed are paired in order. None where either lacks the metric per clip, or its corpus score
    is no mean.
    """
    if board.facts_of(metric).aggregate != "mean":
        return None
    mine, theirs = ({entry.record.seed: entry for entry in entries} for entries in (worse, better))
    common = [seed for seed in mine if seed in theirs]
    pairs = [(mine[seed], theirs[seed]) for seed in common] or [*zip(worse, better, strict=False)]
    left = [entry.contents.by_clip(metric) for entry, _ in pairs]
    right = [entry.contents.by_clip(metric) for _, entry in pairs]
    columns = [column for column in (*left, *right) if column is not None]
    if len(columns) < 2 * len(pairs) or len({len(column) for column in columns}) != 1 or len(columns[0]) < 2:
        return None
    sign = 1 if board.facts_of(metric).higher_is_better else -1
    effect = compare_systems(sign * np.stack(columns[: len(pairs)]), sign * np.stack(columns[len(pairs) :]), pool)
    scaled = {name: round(getattr(effect, name) / MILLION, 9) for name in ("difference", "low", "high", "error")}
    return replace(effect, p=None if effect.p is None else round(effect.p, 9), **scaled)


def pool_of(systems: Iterable[Sequence[Entry]], metric: str) -> Pool | None:
    """Return how much a score varies between seeds (in millionths), learned from systems with several."""
    tables: list[NDArray[np.float64]] = []
    for entries in systems:
        columns = [column for entry in entries if (column := entry.contents.by_clip(metric)) is not None]
        if len(columns) > 1 and len({len(column) for column in columns}) == 1:
            tables.append(np.stack(columns))
    return pooled(tables)
