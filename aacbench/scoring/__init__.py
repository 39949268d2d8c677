"""Scoring captions: the one loop over metrics, files in and out, intervals and tests of significance."""

from aacbench.scoring.core import ENGINES, score_items
from aacbench.scoring.report import Difference, Interval, ScoreReport, write_items
from aacbench.scoring.select import Selection, select

__all__ = [
    "ENGINES",
    "Difference",
    "Interval",
    "ScoreReport",
    "Selection",
    "score_items",
    "select",
    "write_items",
]
