"""The form of a DCASE submission: names, folders and columns.

`LABEL` is `Lastname_Institute_taskN_K`: the corresponding author, the institute, the task and the system's number, 1 to
4. The zip holds `taskN/LABEL/LABEL.output.csv` and `taskN/LABEL/LABEL.meta.yaml` of each system, and the report,
`taskN/LABEL.technical_report.pdf`. Not verified here (check
https://dcase.community/challenge2024/submission): the names of folders and of the description's keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from aacbench.errors import UserError, cut

Task = Literal["captioning", "retrieval"]
TASKS: tuple[Task, ...] = ("captioning", "retrieval")
MOST_SYSTEMS, DEPTH = 4, 10  # systems of a package; places of a ranked list
OUTPUT, META, REPORT = ".output.csv", ".meta.yaml", ".technical_report.pdf"
NAME, PREDICTION, QUERY = "file_name", "caption_predicted", "caption"
_LABEL = re.compile(r"([A-Za-z][A-Za-z-]*)_([A-Za-z0-9-]+)_(task\d{1,2}[a-z]?)_([1-4])", re.ASCII)
_STEM = re.compile(r"[A-Za-z][A-Za-z-]*_[A-Za-z0-9-]+_task\d{1,2}[a-z]?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Label:
    """A system's label in parts."""

    author: str
    institute: str
    task: str
    number: int

    def __str__(self) -> str:
        return f"{self.author}_{self.institute}_{self.task}_{self.number}"


def parse_label(text: str) -> Label | None:
    """Return a label, None where the text is none."""
    found = _LABEL.fullmatch(text)
    return Label(found[1], found[2], found[3], int(found[4])) if found else None


def labels(stem: str, count: int) -> list[Label]:
    """Return the labels of so many systems: `stem` is one without its number.

    Raises:
        UserError: the stem is none, or there are too many systems.
    """
    if not _STEM.fullmatch(stem):
        raise UserError(f"a label is Lastname_Institute_taskN, such as Lee_TUT_task6a; got {cut(stem)!r}")
    if not 1 <= count <= MOST_SYSTEMS:
        raise UserError(f"a package holds one to {MOST_SYSTEMS} systems; got {count}")
    return [label for number in range(1, count + 1) if (label := parse_label(f"{stem}_{number}"))]


def header(task: Task) -> list[str]:
    """Return the columns of a system's output."""
    return [NAME, PREDICTION] if task == "captioning" else [QUERY, *(f"{NAME}_{at}" for at in range(1, DEPTH + 1))]
