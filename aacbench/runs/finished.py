"""Finished runs as they lie in their folders: records, captions and scores a clip, alone or as data frames."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aacbench.contracts import Captioner, Retriever
from aacbench.contracts.registry import Registries
from aacbench.errors import UserError
from aacbench.files.tables import read_table
from aacbench.files.tree import files_below
from aacbench.runs.record import RunRecord
from aacbench.runs.reopen import open_retriever, open_run
from aacbench.runtime.frames import frame
from aacbench.scoring.files import NAME

if TYPE_CHECKING:
    import pandas as pd

CAPTION = "caption"
IDENTITY = ("folder", "task", "method", "variant", "preset", "dataset", "version", "seed")


@dataclass(frozen=True)
class FinishedRun:
    """A run's folder with its record."""

    folder: Path
    record: RunRecord

    @property
    def scores(self) -> dict[str, float]:
        """The corpus scores by name."""
        return {name: score.value for name, score in self.record.scores.items()}

    def captions(self) -> dict[str, str]:
        """Return the predicted caption of each clip by file name; of a retrieval run there are none.

        Raises:
            UserError: `predictions.csv` is not there or damaged.
        """
        if self.record.task != "captioning":
            return {}
        from aacbench.scoring.files import read_predictions  # noqa: PLC0415

        return read_predictions(self.folder / "predictions.csv").captions

    def items(self) -> list[dict[str, str | float]]:
        """Return a row a clip (of a retrieval run: a row a query) with `file_name`, `caption` and the scores.

        Raises:
            UserError: `items.csv` is not there or damaged.
        """
        table, captions = read_table(self.folder / "items.csv"), self.captions()
        rows: list[dict[str, str | float]] = []
        for line, cells in table.rows:
            row = dict(zip(table.header, cells, strict=True)) if len(cells) == len(table.header) else {}
            try:
                scores = {name: float(cell) for name, cell in row.items() if name not in (NAME, CAPTION)}
                caption = row.get(CAPTION, captions.get(row[NAME], ""))
            except (ValueError, KeyError) as error:
                raise UserError(f"{table.path}, line {line}: wanted a clip and its scores as numbers") from error
            rows.append({NAME: row[NAME], CAPTION: caption, **scores})
        return rows

    def to_frame(self) -> pd.DataFrame:
        """Return `items` as a data frame; columns as those of `load_runs(samples=True)`."""
        return runs_frame([self], samples=True)

    def captioner(self, registries: Registries, device: str = "auto") -> Captioner:
        """Return the trained captioner; raises `UserError` where the run is one of retrieval."""
        return open_run(self.folder, registries, device)

    def retriever(self, registries: Registries, device: str = "auto") -> Retriever:
        """Return the trained retriever; raises `UserError` where the run is one of captioning."""
        return open_retriever(self.folder, registries, device)


def finished_run(folder: Path) -> FinishedRun:
    """Return the run in a folder.

    Raises:
        UserError: there is none, or its record is damaged.
    """
    return FinishedRun(folder, RunRecord.load(folder / "record.json"))


def finished_runs(folder: Path) -> Iterator[FinishedRun]:
    """Yield the finished runs in a folder and below, by path; a damaged record is warned of and left out.

    Raises:
        UserError: there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder; name the one that runs lie below, such as runs")
    for path in files_below(folder, "record.json"):
        try:
            yield finished_run(path.parent)
        except UserError as error:
            warnings.warn(f"{error}; the run is left out", stacklevel=2)


def runs_frame(runs: Sequence[FinishedRun], samples: bool = False) -> pd.DataFrame:
    """Return the runs as a data frame: a row a run, or with `samples` a row a clip.

    Columns are those of `IDENTITY` (strings, `seed` an integer); then `clips` (integer), `training_seconds` and
    `decoding_seconds` (floats), `commit` (string), or with `samples` `file_name` and `caption` (strings); then a column
    of floats a score, not a number where a run has none.
    """
    rows = [row for run in runs for row in ([_row(run)] if not samples else _sample_rows(run))]
    texts = {*IDENTITY, NAME, CAPTION, "commit"} - {"seed"}
    return frame(rows, texts, ("seed", "clips"), _columns(samples))


def _columns(samples: bool) -> list[str]:
    more = [NAME, CAPTION] if samples else ["clips", "training_seconds", "decoding_seconds", "commit"]
    return [*IDENTITY, *more]


def _identity(run: FinishedRun) -> dict[str, Any]:
    record = run.record
    names = (record.task, record.method, record.variant, record.preset, record.data.name, record.data.version)
    return dict(zip(IDENTITY, (str(run.folder), *names, record.seed), strict=True))


def _row(run: FinishedRun) -> dict[str, Any]:
    record = run.record
    return {
        **_identity(run),
        "clips": record.data.clips["evaluation"],
        "training_seconds": sum(stage.seconds for stage in record.stages),
        "decoding_seconds": record.decoding_seconds,
        "commit": record.commit,
        **run.scores,
    }


def _sample_rows(run: FinishedRun) -> list[dict[str, Any]]:
    return [{**_identity(run), **row} for row in run.items()]
