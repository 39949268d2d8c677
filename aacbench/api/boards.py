"""Leaderboards from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aacbench.leaderboard.frame import board_frame

if TYPE_CHECKING:
    import pandas as pd


def load_board(root: str | Path, board: str) -> pd.DataFrame:
    """Return a board's rows as a data frame, as they are ranked: a row a system, over its seeds.

    `root` is the leaderboard's folder, `board` an id in it, such as `soundscapes`. Columns: `rank` (integer, missing
    for floors and ceilings), `kind`, `method`, `variant`, `preset`, `seeds` (strings), `training_seconds`,
    `decoding_seconds`, and a metric's mean over seeds under its name, with `_spread` (standard deviation over seeds),
    `_low` and `_high` (95 % interval over clips); floats, not a number where there is none.

    Raises:
        UserError: there is no such board, or the leaderboard is damaged.
    """
    return board_frame(Path(root), board)
