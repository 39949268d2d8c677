"""Which column of a table is what: the usual names, or those that `--columns candidate=response,name=path` gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aacbench.errors import UserError, first_few, resolve_name
from aacbench.files.tables import TextTable

NAME, PREDICTION = "file_name", "caption_predicted"
NAMES = (NAME, "fname", "filename", "audio_file_name", "audio_filename", "audio_path")
PREDICTIONS = (PREDICTION, "caption", "prediction", "candidate", "captions_predicted", "predictions", "candidates")
REFERENCES = re.compile(r"(?:captions?|references?|(?:captions?|references?)_references?)_(\d{1,6})", re.ASCII)
ROLES = ("name", "candidate", "reference")


@dataclass(frozen=True)
class Columns:
    """The user's own names of columns, by role; "" is the usual ones.

    A column `response` stands for `response_1`, `response_2`, ... too.
    """

    name: str = ""
    candidate: str = ""
    reference: str = ""
    lenient: bool = False

    def of_references(self) -> Columns:
        """Return what holds for a file of references beside the predictions: the usual names hold there, too."""
        return replace(self, candidate="", lenient=True)

    def known(self) -> list[str]:
        """Return the names that tell such a table's separator."""
        own = [name for name in (self.name, self.candidate, self.reference) if name]
        return [*own, *NAMES]

    def name_column(self, table: TextTable) -> str:
        """Return the column of clip names.

        Raises:
            UserError: there is none.
        """
        if self.name and (self.name in table.header or not self.lenient):
            table.column(self.name)
            return self.name
        column = next((name for name in NAMES if name in table.header), None)
        if column is None:
            raise UserError(
                f"{table.path} has no column {NAME!r}; its columns are {first_few(table.header, 8)}; wanted a header "
                f"such as '{NAME},{PREDICTION}' (predictions) or '{NAME},caption_1,...' (references), or say which "
                "with --columns name=COLUMN"
            )
        return column

    def candidates(self, table: TextTable) -> list[str]:
        """Return the columns of candidates, in their order; none where there are none."""
        for base in [self.candidate] if self.candidate else PREDICTIONS:
            if base in table.header:
                return [base]
            if base != "caption" and (several := _numbered(base, table.header)):
                return several
        if self.candidate:
            table.column(self.candidate)  # says that it is not there
        return []

    def references(self, table: TextTable) -> list[str]:
        """Return the columns of references, in their order; none where there are none."""
        if self.reference:
            several = _numbered(self.reference, table.header)
            if not several:
                table.column(self.reference)
            return several or [self.reference]
        numbers = {name: int(match[1]) for name in table.header if (match := REFERENCES.fullmatch(name))}
        taken = {*_numbered(self.candidate, table.header)} if self.candidate else set()
        return sorted((name for name in numbers if name not in taken), key=numbers.__getitem__)


def _numbered(base: str, header: Sequence[str]) -> list[str]:
    """Return the columns `base_1`, `base_2`, ... by their numbers."""
    pattern = re.compile(rf"{re.escape(base)}_(\d{{1,6}})", re.ASCII)
    numbers = {name: int(match[1]) for name in header if (match := pattern.fullmatch(name))}
    return sorted(numbers, key=numbers.__getitem__)


def parse_columns(text: str | None) -> Columns:
    """Return what `candidate=response,name=audio_path` says.

    Raises:
        UserError: it has another form, or a role is unknown.
    """
    given: dict[str, str] = {}
    for part in filter(None, (text or "").split(",")):
        role, equals, column = part.partition("=")
        if not (equals and column.strip()):
            raise UserError(f"--columns wants ROLE=COLUMN, e.g. candidate=response,name=audio_path; got {part!r}")
        given[resolve_name("role of a column", role.strip().rstrip("s"), ROLES)] = column.strip()
    return Columns(given.get("name", ""), given.get("candidate", ""), given.get("reference", ""))
