"""AudioSet's CSV files: the labels (index, mid, display_name) and the segments of each set.

A segments file has no header but comment lines, of which the second states how many segments there are; a row is
video id, start and end in seconds, and the quoted list of label mids, with a blank behind each comma.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aacbench.datasets.shared.tables import damage_named, read_table, refuse, twice
from aacbench.errors import UserError, cut

LABELS_FILE = "class_labels_indices.csv"
FILES = {
    "balanced": "balanced_train_segments.csv",
    "unbalanced": "unbalanced_train_segments.csv",
    "evaluation": "eval_segments.csv",
}
SEGMENTS = {"balanced": 22_160, "unbalanced": 2_041_789, "evaluation": 20_371}
LABELS = 527


@dataclass(frozen=True, slots=True)
class Segment:
    """A clip of AudioSet: its video, its start and end in s, and its labels' names in the order of the label list."""

    video: str
    start: float
    end: float
    labels: tuple[str, ...]

    @property
    def id(self) -> str:
        """The clip's name, whatever its file is called: `<youtube id>_<start>`."""
        return f"{self.video}_{self.start:g}"


def read_labels(path: Path) -> dict[str, str]:
    """Return the display name of each label by its mid, in the order of the list.

    Raises:
        UserError: other columns, broken rows, or repeated labels.
    """
    rows = read_table(path, ("index", "mid", "display_name"))
    refuse(path, "labels that stand twice", twice(row["mid"] for row in rows))
    refuse(path, "names that stand twice", twice(row["display_name"] for row in rows))
    return {row["mid"]: row["display_name"] for row in rows}


def read_segments(path: Path, names: Mapping[str, str]) -> Iterator[Segment]:
    """Yield the segments of a file, row by row: the largest has two million.

    Raises:
        UserError: broken rows, unknown labels, or fewer or more rows than the file itself states.
    """
    stated, count = None, 0
    order = {name: number for number, name in enumerate(names.values())}
    with damage_named(path), path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file, skipinitialspace=True, strict=True):
            if row and row[0].startswith("#"):
                match = re.search(r"num_segs=([0-9]{1,12})(?![0-9])", " ".join(row))
                stated = int(match[1]) if match else stated
            elif row:
                count += 1
                yield _segment(path, row, names, order)
    if stated is not None and stated != count:
        raise UserError(f"{path} has {count:,} segments, but states {stated:,}; fetch it again")


def _segment(path: Path, row: list[str], names: Mapping[str, str], order: Mapping[str, int]) -> Segment:
    try:
        video, start, end, mids = row
        labels = sorted((names[mid.strip()] for mid in mids.split(",") if mid.strip()), key=order.__getitem__)
        first, last = float(start), float(end)
        if not (video.strip() and 0 <= first < last < math.inf):
            raise ValueError("no such time")
        return Segment(video, first, last, tuple(dict.fromkeys(labels)))
    except KeyError as error:
        raise UserError(
            f"{path} has the label {cut(str(error))} (video {cut(row[0])!r}), which is not in {LABELS_FILE}"
        ) from error
    except ValueError as error:
        raise UserError(
            f"{path} has the row {cut(', '.join(row))!r}; wanted video id, start, end and quoted labels; fetch it again"
        ) from error
