"""Predictions that a board may not publish: found again by the hash of their file, where somebody has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.tree import files_below
from aacbench.leaderboard.store.entries import CaptionRow, Entry, Rows
from aacbench.leaderboard.verification.put import file_digest
from aacbench.scoring.files import read_predictions

MOST = 10_000  # files that are looked through


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A folder with predictions files, whatever they are called; None where there is none."""

    folder: Path | None

    def rows(self, entry: Entry, rows: Rows) -> Rows | None:
        """Return the entry's rows with their captions; None where they are neither there nor in the folder.

        Raises:
            UserError: the file is not of the entry's clips.
        """
        if not any(isinstance(row, CaptionRow) and row.caption is None for row in rows):
            return rows
        path = self._find(entry.record.predictions)
        if path is None:
            return None
        captions = read_predictions(path).captions
        kept = [row for row in rows if isinstance(row, CaptionRow)]
        missing = next((row.clip for row in kept if row.clip not in captions), None)
        if missing is not None:
            raise UserError(f"{path} has no caption for {missing!r}, which the record has")
        return [row.model_copy(update={"caption": captions[row.clip]}) for row in kept]

    def _find(self, digest: str | None) -> Path | None:
        return next((path for path in self._files() if digest and file_digest(path) == digest), None)

    def _files(self) -> Iterator[Path]:
        if self.folder is None:
            return
        for number, path in enumerate(files_below(self.folder)):
            if number >= MOST:
                raise UserError(f"{self.folder} holds more than {MOST:,} files; name the folder of the predictions")
            if path.is_file() and not path.is_symlink():
                yield path
