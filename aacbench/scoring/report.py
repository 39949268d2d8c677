"""What scoring returns: scores with signatures, differences between engines, intervals, and how they are
written.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.errors import UserError
from aacbench.files.outputs import write_output
from aacbench.runtime.frames import frame
from aacbench.runtime.renamed import warn_renamed
from aacbench.scoring.signatures import short
from aacbench.types import Score, ScoringItems

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the reference engine is from the native one: of the corpus score, and at most of one item."""

    corpus: float
    item: float | None = None
    clip: str | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap confidence interval of a corpus score."""

    low: float
    high: float
    level: float
    resamples: int
    of_item_mean: bool = False


@dataclass(frozen=True)
class ScoreReport:
    """Scores of N clips by output name, in the order they were asked for."""

    items: ScoringItems
    scores: dict[str, Score]
    warnings: tuple[str, ...] = ()
    differences: dict[str, Difference] = field(default_factory=dict)
    intervals: dict[str, Interval] = field(default_factory=dict)

    @property
    def cautions(self) -> tuple[str, ...]:
        """What `warnings` was called."""
        warn_renamed("ScoreReport.cautions is ScoreReport.warnings now; rename it")
        return self.warnings

    def only(self, outputs: Iterable[str]) -> ScoreReport:
        """Return the report with these outputs only, in this order."""
        names = [*outputs]
        return ScoreReport(
            self.items,
            {name: self.scores[name] for name in names},
            self.warnings,
            {name: self.differences[name] for name in names if name in self.differences},
            {name: self.intervals[name] for name in names if name in self.intervals},
        )

    def items_table(self) -> list[dict[str, str | float]]:
        """Return one row a clip: `file_name` and each score that has a value per item."""
        columns = {name: score.items for name, score in self.scores.items() if score.items is not None}
        return [
            {"file_name": clip} | {name: values[row] for name, values in columns.items()}
            for row, clip in enumerate(self.items.ids)
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return a row a clip as a data frame: `file_name`, `caption` (strings), and a column of floats a score.

        Scores without a value per clip are left out. Of ranked lists a row is a query, with its text as `file_name`.
        """
        rows = [
            {"file_name": row["file_name"], "caption": caption, **row}
            for row, caption in zip(self.items_table(), self.items.candidates, strict=True)
        ]
        return frame(rows, ("file_name", "caption"), (), ("file_name", "caption"))

    def to_json(self) -> dict[str, Any]:
        """Return `{"scores": {...}, "signatures": {...}, "items": N}`, and what else was computed."""
        out: dict[str, Any] = {
            "scores": {name: score.corpus for name, score in self.scores.items()},
            "signatures": {
                name: {**score.signature, "short": short(score.signature)} for name, score in self.scores.items()
            },
            "items": len(self.items),
        }
        if self.intervals:
            out["intervals"] = {
                name: {
                    "low": interval.low,
                    "high": interval.high,
                    "level": interval.level,
                    "resamples": interval.resamples,
                    "of_item_mean": interval.of_item_mean,
                }
                for name, interval in self.intervals.items()
            }
        if self.differences:
            out["differences"] = {
                name: {"corpus": difference.corpus, "item": difference.item, "clip": difference.clip}
                for name, difference in self.differences.items()
            }
        if self.warnings:
            out["warnings"] = list(self.warnings)
        return out


def write_items(path: Path, report: ScoreReport) -> None:
    """Write the per-clip scores as CSV: `file_name` and one column a metric.

    Raises:
        UserError: the file cannot be written.
    """
    rows = report.items_table()
    names = ["file_name", *(name for name, score in report.scores.items() if score.items is not None)]
    write_rows(path, names, [[row[name] for name in names] for row in rows])


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file at once; floats keep every digit."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, buffer.getvalue())


def write_text(path: Path, text: str) -> None:
    """Write a text file at once.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        write_output(path, text)
    except OSError as error:
        raise UserError(f"cannot write {path} ({error.strerror}); give a place that can be written") from error
