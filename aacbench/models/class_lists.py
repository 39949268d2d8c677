"""The published lists of the classes that tagging heads know."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from aacbench.errors import UserError
from aacbench.files.safe_read import read_bytes

COLUMN = "display_name"


def read_table(path: Path) -> list[str]:
    """Return the names of AudioSet's `class_labels_indices.csv` or YAMNet's `yamnet_class_map.csv`, by index.

    Raises:
        UserError: the file is missing or is no such table.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(read_bytes(path).decode("utf-8"))))
        indexed = {int(row["index"]): row[COLUMN] for row in rows}
        return [indexed[index] for index in range(len(rows))]
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise UserError(f"{path} lists no classes; wanted a table with the columns index, mid, {COLUMN}") from error


def read_sorted(path: Path) -> list[str]:
    """Return AudioSet's classes in the order of GPV's heads: sorted by their names, written `Bee_wasp_etc.`.

    A plain list, one such name a line, is taken as it is. Raises as `read_table`.
    """
    lines = read_bytes(path).decode("utf-8", errors="replace").splitlines()
    if lines and COLUMN not in lines[0]:
        return [line.strip() for line in lines if line.strip()]
    return sorted(name.replace(", ", "_").replace(" ", "_") for name in read_table(path))
