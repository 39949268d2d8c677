"""TAU's tables, separated by tabs: `meta.csv` (filename, scene_label, ...) and the folds in `evaluation_setup/`.

The official fold has `fold1_train.csv`, `fold1_evaluate.csv` and `fold1_test.csv`, the last without labels; smaller
copies have `train.csv` and `test.csv` beside `meta.csv`.
"""

from __future__ import annotations

from pathlib import Path

from aacbench.datasets.shared.tables import check_names, read_table, refuse
from aacbench.datasets.shared.tau import SCENES

FOLDS = {
    "development": ("evaluation_setup/fold1_train.csv", "train.csv"),
    "evaluation": ("evaluation_setup/fold1_evaluate.csv", "evaluation_setup/fold1_test.csv", "test.csv"),
}


def read_meta(path: Path) -> dict[str, str]:
    """Return the scene of each clip by its file name (`audio/...`), in the file's order.

    Raises:
        UserError: other columns, broken rows, repeated names, or scenes that are none of the ten.
    """
    rows = read_table(path, ("filename", "scene_label"), delimiter="\t")
    names = [row["filename"] for row in rows]
    refuse(path, "rows below the header (wanted some)", [] if rows else ["0 rows"])
    check_names(path, names, folders=True)
    odd = [row["scene_label"] for row in rows if row["scene_label"] not in SCENES]
    refuse(path, f"scenes that are none of {', '.join(SCENES)}", odd)
    return {row["filename"]: row["scene_label"] for row in rows}


def read_fold(path: Path, scenes: dict[str, str]) -> list[str]:
    """Return the file names of one side of a fold.

    Raises:
        UserError: other columns, broken rows, repeated names, or names that `meta.csv` lacks.
    """
    names = [row["filename"] for row in read_table(path, ("filename",), delimiter="\t")]
    check_names(path, names, folders=True)
    refuse(path, "clips that meta.csv lacks", [name for name in names if name not in scenes])
    return names


def fold_file(root: Path, split: str) -> Path | None:
    """Return the table of `development` or `evaluation`, or None."""
    return next((path for name in FOLDS[split] if (path := root / name).is_file()), None)
